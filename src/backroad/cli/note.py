"""`backroad note`: write and find notes."""

import sys
from typing import Annotated

from cyclopts import Parameter

from backroad.cli.learn import AsJson
from backroad.cli.output import print_json
from backroad.cli.product import learner_of, opened
from backroad.kit import clock
from backroad.kit.errors import Problem
from backroad.kit.markdown import plain_text
from backroad.notes import actions, store


def note(
    place: Annotated[
        str | None, Parameter(help="A skill, lab, drill or day: sql.joins, shortener, 2027-01-04; today if left out.")
    ] = None,
    text: Annotated[str | None, Parameter(help="Markdown; with - it is read from standard input.")] = None,
    *,
    search: Annotated[str | None, Parameter(help="Find the notes that hold these words.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a note on something, list its notes, or search all of them."""
    with opened() as product:
        learner = learner_of(product)
        if search is not None:
            found = [hit.note for hit in product.db.run_now(lambda tx: actions.search(tx, learner.id, search))]
        else:
            ref = place or clock.today().isoformat()
            kind = next((kind for kind in ("skill", "lab", "drill", "day") if product.places.knows(kind, ref)), "")
            if not kind:
                raise Problem(
                    f"There is no skill, lab, drill or day called {ref[:80]!r}.", "backroad road lists the skills."
                )
            if text is not None:
                body = sys.stdin.read() if text == "-" else text
                product.db.run_now(
                    lambda tx: actions.add(tx, learner.id, kind, ref, body, clock.now(), product.places.knows)
                )
            found = product.db.run_now(lambda tx: store.at_place(tx, learner.id, kind, ref))
        if as_json:
            print_json(found)
            return
        for entry in found:
            print(f"{product.places.title(entry.kind, entry.ref)}  {entry.changed_at.astimezone():%Y-%m-%d %H:%M}")
            print("  " + plain_text(entry.text).replace("\n", "\n  ") + "\n")
        if not found:
            print("No notes.")

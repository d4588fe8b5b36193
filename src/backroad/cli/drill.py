"""Drills and reviews in the terminal."""

import string
import time
from typing import Annotated, Any

from cyclopts import Parameter

from backroad.cli.learn import AsJson
from backroad.cli.output import print_json
from backroad.cli.product import learner_of, opened
from backroad.drills import actions
from backroad.drills.grade import Result
from backroad.drills.model import Drill, Part, Shown, show
from backroad.kit import clock
from backroad.kit.errors import NotFound, Problem
from backroad.kit.markdown import plain_text
from backroad.product import Product
from backroad.progress import actions as progress


def drill(
    ref: Annotated[str, Parameter(help="A skill (sql.joins) or one drill (sql.joins/left-join-keeps).")],
    *,
    answer: Annotated[
        str | None,
        Parameter(help="Answer without being asked: letters (b, or a,c), an order (c,a,b), pairs (a2,b1) or text."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Do the drills of a skill, or one of them."""
    with opened() as product:
        drills = [product.library.get(ref)] if "/" in ref else list(product.library.of_skill(ref))
        if not drills:
            product.curriculum.skill(ref)
            raise NotFound(f"{ref} has no drills yet.", "backroad road shows the other skills.")
        _do(product, drills[:1] if answer is not None else drills, answer, as_json)


def review(*, as_json: AsJson = False) -> None:
    """Answer the drills that are due today."""
    with opened() as product:
        learner = learner_of(product)
        due = product.db.run_now(lambda tx: progress.due_reviews(tx, learner.id, clock.today()))
        drills = [product.library.by_id[card.ref] for card in due if card.ref in product.library.by_id]
        if as_json:
            print_json([{"drill": card.ref, "skill": card.skill, "due": card.due} for card in due])
        elif not drills:
            print("Nothing is due today.")
        else:
            _do(product, drills, None, False)


def _do(product: Product, drills: list[Drill], given: str | None, as_json: bool) -> None:
    learner = learner_of(product)
    right = 0
    for number, one in enumerate(drills, 1):
        shown = show(one, learner=learner.id, seed=clock.today().isoformat())
        if not as_json:
            print(_asked(shown, f"{number} of {len(drills)}"))
        began = time.monotonic()
        result = _answered(product, learner.id, one, shown, given, began)
        if result is None:
            break
        right += result.outcome == "passed"
        print_json(result) if as_json else print(_told(result))
    if len(drills) > 1 and not as_json:
        print(f"{right} right.")


def _answered(
    product: Product, learner: str, one: Drill, shown: Shown, given: str | None, began: float
) -> Result | None:
    """Ask until there is an answer that can be judged; None when the learner leaves (an end of input)."""
    while True:
        try:
            text = _read(shown) if given is None else given
            return _recorded(product, learner, one, _structured(shown, text), time.monotonic() - began)
        except EOFError:
            return None
        except Problem as problem:
            if given is not None:
                raise
            print(f"  {problem}")


def _recorded(product: Product, learner: str, one: Drill, answer: dict[str, Any], seconds: float) -> Result:
    return product.db.run_now(
        lambda tx: actions.answer(tx, learner, one, answer, seconds=seconds, now=clock.now(), facts=product.facts)
    ).result


def _read(shown: Shown) -> str:
    if shown.kind != "predict":
        return input("> ")
    print("(an empty line ends your answer)")
    lines = []
    while line := input("> "):
        lines.append(line)
    return "\n".join(lines)


def _asked(shown: Shown, place: str) -> str:
    lines = [f"\n{shown.skill}, {place} ({shown.kind})", "", plain_text(shown.prompt)]
    if shown.program:
        lines += ["", shown.program.rstrip()]
    lines += ["", *_lettered(shown.choices or shown.items or shown.lefts)]
    if shown.rights:
        lines += ["", *(f"  {number}  {plain_text(part.text)}" for number, part in enumerate(shown.rights, 1))]
    how = {
        "single": "a letter",
        "multiple": "letters, as a,c",
        "order": "the letters in order, as c,a,b",
        "match": "a number for each letter, as a2,b1",
    }.get(shown.kind, "what goes in the blank" if shown.kind == "fill-in" else "what it prints")
    return "\n".join([*lines, f"Your answer: {how}"])


def _lettered(parts: tuple[Part, ...]) -> list[str]:
    return [f"  {letter}  {plain_text(part.text)}" for letter, part in zip(string.ascii_lowercase, parts, strict=False)]


def _structured(shown: Shown, text: str) -> dict[str, Any]:
    """Letters become the keys of what was shown."""
    if shown.kind in ("fill-in", "predict"):
        return {"text": text.replace("\\n", "\n") if shown.kind == "predict" else text}
    parts = [part.strip().lower() for part in text.replace(",", " ").split()]
    if shown.kind == "match":
        numbers = {str(number): part.key for number, part in enumerate(shown.rights, 1)}
        pairs = {_key(part[:1], shown.lefts): _number(part[1:], numbers) for part in parts}
        return {"match": pairs}
    keys = [_key(part, shown.choices or shown.items) for part in parts]
    return {"order": keys} if shown.kind == "order" else {"answer": keys}


def _key(letter: str, parts: tuple[Part, ...]) -> str:
    place = string.ascii_lowercase.find(letter) if letter else -1
    if not 0 <= place < len(parts):
        raise Problem(f"{letter[:20]!r} is not one of the letters shown.")
    return parts[place].key


def _number(text: str, numbers: dict[str, str]) -> str:
    if text not in numbers:
        raise Problem(f"{text[:20]!r} is not one of the numbers shown.", "Write a letter and a number, as a2.")
    return numbers[text]


def _told(result: Result) -> str:
    lines = ["✓ right" if result.outcome == "passed" else "✗ not right"]
    if result.outcome != "passed":
        lines.append("  right: " + " · ".join(plain_text(text) for text in result.right))
    lines += [
        "  " + plain_text(f"{item.text}: {item.why}" if item.text else item.why)
        for item in result.feedback
        if item.why and (item.chosen or item.right or not item.ok)
    ]
    if result.why:
        lines.append("  " + plain_text(result.why))
    return "\n".join(lines)

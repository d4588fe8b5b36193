"""Drills and reviews in the terminal."""

import os
import shlex
import string
import subprocess
import sys
import tempfile
import time
from pathlib import Path, PurePath
from typing import Annotated, Any

from cyclopts import Parameter

from backroad.cli.learn import AsJson
from backroad.cli.output import columns, print_json
from backroad.cli.own_client import by_own_client
from backroad.cli.product import learner_of, opened
from backroad.cli.repository import in_folder
from backroad.drills import actions
from backroad.drills.grade import grade
from backroad.drills.kinds import WRITTEN
from backroad.drills.kinds.git import Git
from backroad.drills.kinds.http import Http
from backroad.drills.model import Cells, Drill, Feedback, Part, Result, Shown, show
from backroad.kit import clock
from backroad.kit.errors import NotFound, Problem
from backroad.kit.markdown import plain_text
from backroad.kit.say import plural, say_day
from backroad.product import Product
from backroad.progress import actions as progress


def drill(
    ref: Annotated[str, Parameter(help="A skill (sql.joins) or one drill (sql.joins/left-join-keeps).")],
    *,
    answer: Annotated[
        str | None,
        Parameter(help="Answer without being asked: letters (b, or a,c), an order (c,a,b), pairs (a2,b1) or text."),
    ] = None,
    file: Annotated[Path | None, Parameter(help="Answer with this file: for code, SQL and prose.")] = None,
    points: Annotated[
        str | None,
        Parameter(help="With an answer in your own words: the points it has, as a,c; none is an empty text."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Do the drills of a skill, or one of them."""
    with opened() as product:
        drills = [product.library.get(ref)] if "/" in ref else list(product.library.of_skill(ref))
        if not drills:
            product.curriculum.skill(ref)
            raise NotFound(f"{ref} has no drills yet.", "backroad road shows the other skills.")
        if file is not None:
            answer = _text_of(file)
        _do(product, drills[:1] if answer is not None else drills, answer, as_json, points)


def review(*, as_json: AsJson = False) -> None:
    """Answer the drills that are due today."""
    with opened() as product:
        learner = learner_of(product)
        due, held = product.db.run_now(
            lambda tx: (
                progress.due_reviews(tx, learner.id, clock.today()),
                progress.held_back(tx, learner.id, clock.today()),
            )
        )
        drills = [product.library.by_id[card.ref] for card in due if card.ref in product.library.by_id]
        if as_json:
            print_json([{"drill": card.ref, "skill": card.skill, "due": card.due} for card in due])
        elif not drills and held:
            print(f"You have answered as many reviews as your settings allow in a day, {held.most}.")
            print(f"{plural(held.count, 'drill')} still due; the last of them is asked on {say_day(held.by)}.")
        elif not drills:
            print("Nothing is due today.")
        else:
            _do(product, drills, None, False)


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"{file} cannot be read: {error}.", "Name a text file.")


def _do(product: Product, drills: list[Drill], given: str | None, as_json: bool, points: str | None = None) -> None:
    learner = learner_of(product)
    right = 0
    for number, one in enumerate(drills, 1):
        shown = show(one, learner=learner.id, seed=clock.today().isoformat())
        if not as_json:
            print(asked(shown, f"{number} of {len(drills)}"))
        began = time.monotonic()
        result = _answered(product, learner.id, one, shown, given, began, points)
        if result is None:
            break
        right += result.outcome == "passed"
        print_json(result) if as_json else print(_told(result, *_PRINTED.get(one.kind, _PRINTED[""])))
    if len(drills) > 1 and not as_json:
        print(f"{right} right.")


def _answered(
    product: Product, learner: str, one: Drill, shown: Shown, given: str | None, began: float, points: str | None
) -> Result | None:
    """Ask until there is an answer that can be judged; None when the learner leaves (an end of input)."""
    text = shown.start
    while True:
        try:
            if isinstance(one, Git) and given is None and sys.stdin.isatty() and (left := in_folder(one)):
                return _recorded(product, learner, one, left, time.monotonic() - began)
            if isinstance(one, Http) and given is None and sys.stdin.isatty() and (seen := by_own_client(one)):
                return _recorded(product, learner, one, seen, time.monotonic() - began)
            text = read_answer(shown, text) if given is None else given
            answer = structured(shown, text)
            result = grade(one, answer)
            if isinstance(one, Git) and result.outcome == "unclear" and given is None:
                print(_told(result))
                continue
            if shown.kind == "open" and result.outcome == "unclear" and (points is not None or given is None):
                ticked = _ticked(result) if points is None else points
                rubric = tuple(Part(point.key, point.text) for point in result.feedback)
                result = grade(one, answer | {"points": [_key(p, rubric) for p in ticked.replace(",", " ").split()]})
            return _recorded(product, learner, one, result, time.monotonic() - began)
        except EOFError:
            return None
        except Problem as problem:
            if given is not None:
                raise
            print(f"  {problem}")


def _recorded(product: Product, learner: str, one: Drill, result: Result, seconds: float) -> Result:
    return product.db.run_now(
        lambda tx: actions.answer(tx, learner, one, result, seconds=seconds, now=clock.now(), facts=product.facts)
    ).result


def read_answer(shown: Shown, text: str) -> str:
    if shown.kind in WRITTEN:
        return _edited(shown, text) if _editor() and sys.stdin.isatty() else _lines(".")
    return _lines("") if shown.kind == "predict" else input("> ")


def _lines(end: str) -> str:
    print(f"({'an empty line' if not end else f'a line with only {end}'} ends your answer)")
    lines: list[str] = []
    while True:
        try:
            line = input("> ")
        except EOFError:
            if not lines:
                raise
            break
        if line == end:
            break
        lines.append(line)
    return "\n".join(lines)


def _editor() -> str:
    return os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""


def _edited(shown: Shown, text: str) -> str:
    """Opens the learner's editor on what is there; an answer left empty leaves the drills."""
    ending = {"python": ".py", "node": ".js", "sql": ".sql"}.get(shown.language or "", ".md")
    input(f"Press Enter to write your answer in {_editor()}. ")
    with tempfile.TemporaryDirectory(prefix="backroad-") as folder:
        file = Path(folder, PurePath(shown.file).name or f"{shown.id.partition('/')[2]}{ending}")
        file.write_text(text, encoding="utf-8")
        try:
            subprocess.run([*shlex.split(_editor()), str(file)], check=True)
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            raise Problem(f"The editor {_editor()!r} did not work: {error}.", "Set EDITOR, or unset it to type here.")
        written = file.read_text(encoding="utf-8", errors="replace")
    if not written.strip():
        raise EOFError
    return written


def _ticked(result: Result) -> str:
    """A model answer, and which points of the rubric the learner finds in their own."""
    parts = tuple(Part(point.key, point.text) for point in result.feedback)
    print("\n".join(["", "A model answer:", "", plain_text(result.right[0]), "", *_lettered(parts)]))
    return input("Which of these does your answer say, as a,c? Only what is there.\n> ")


def asked(shown: Shown, place: str) -> str:
    lines = [f"\n{shown.skill}, {place} ({shown.kind})", "", plain_text(shown.prompt)]
    if shown.program:
        lines += ["", shown.program.rstrip()]
    if shown.start:
        lines += ["", "It begins with:", "", shown.start.rstrip()]
    lines += ["", *_lettered(shown.choices or shown.items or shown.lefts)]
    if shown.rights:
        lines += ["", *(f"  {number}  {plain_text(part.text)}" for number, part in enumerate(shown.rights, 1))]
    how = {
        "single": "a letter",
        "multiple": "letters, as a,c",
        "order": "the letters in order, as c,a,b",
        "match": "a number for each letter, as a2,b1",
        "sql": "SQL statements",
        "code": "the whole program",
        "config": f"the whole {shown.file}",
        "http": "requests, with ### between",
        "jwt": "a token, or header, payload and `key: …` with blank lines between; of several, lines as `A refuse exp`",
        "git": "shell commands, one a line",
        "document": "statements such as db.orders.find({…})",
        "redis": "Redis commands, one a line",
        "open": "in your own words; you grade it afterwards",
    }.get(shown.kind, "what goes in the blank" if shown.kind == "fill-in" else "what it prints")
    return "\n".join([*lines, f"Your answer: {how}"])


def _lettered(parts: tuple[Part, ...]) -> list[str]:
    return [f"  {letter}  {plain_text(part.text)}" for letter, part in zip(string.ascii_lowercase, parts, strict=False)]


def structured(shown: Shown, text: str) -> dict[str, Any]:
    """Letters become the keys of what was shown."""
    if shown.kind in WRITTEN:
        return {"text": text}
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


_PRINTED = {"": ("it printed", 20), "http": ("what passed between client and server", 100)}
"""What `printed` is called, and how many lines of it are shown; by kind."""


def _told(result: Result, printed: str = "it printed", most: int = 20) -> str:
    lines = [{"passed": "✓ right", "failed": "✗ not right", "unclear": "not graded yet"}[result.outcome]]
    tests = [line for item in result.feedback for line in _part(item)]
    if result.printed:
        tests += [f"  {printed}:", *(f"    {line}" for line in result.printed.rstrip().split("\n")[:most])]
    if result.outcome != "passed" and result.right:
        program = any("\n" in text for text in result.right)
        right = [f"    {line}" for text in result.right for line in text.split("\n")] if program else []
        lines.append("  right: " + " · ".join(plain_text(text) for text in result.right) if not program else "  right:")
        lines += right
    lines += tests
    if result.why:
        lines.append("  " + plain_text(result.why))
    return "\n".join(lines)


def _part(item: Feedback) -> list[str]:
    """What became of one choice, test or result."""
    lines = []
    if item.why and (item.chosen or item.right or not item.ok):
        between = " " if item.text.endswith(".") else ": "
        lines.append("  " + plain_text(f"{item.text}{between}{item.why}" if item.text else item.why))
    if not item.ok and item.text and item.given and not item.expected:
        lines += [
            *([] if item.why else [f"  {plain_text(item.text) if '`' in item.text else item.text}"]),
            *_value("got", item.given),
            *(_value("expected", item.wanted) if item.wanted else []),
        ]
    if item.expected:
        lines += ["", *(_table("got", item.got) if item.got else []), *_table("expected", item.expected)]
    return lines


def _value(name: str, text: str) -> list[str]:
    if "\n" not in text:
        return [f"    {name:8}  {text}"]
    return [f"    {name}", *(f"      {line}".rstrip() for line in text.split("\n"))]


def _table(name: str, cells: Cells) -> list[str]:
    rows = [("≠" if place in cells.marked else "", *row) for place, row in enumerate(cells.rows)]
    text = columns([("", *cells.columns), *rows])
    more = [f"      and {cells.more} more rows"] if cells.more else []
    return [f"    {name}", *(f"    {line}" for line in text.split("\n")), *more, ""]

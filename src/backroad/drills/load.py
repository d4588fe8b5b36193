"""Reads `drills.toml`: every mistake is one sentence with the file, the line, the drill and what to change."""

import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from backroad.drills.kinds import WRITTEN
from backroad.drills.model import (
    BLANK,
    KINDS,
    Choice,
    Drill,
    FillIn,
    Match,
    Multiple,
    Order,
    Predict,
    Single,
    Wrong,
    fold_answer,
    fold_output,
)
from backroad.drills.table import Table, is_tables, no_twins
from backroad.kit.errors import Problem
from backroad.kit.execute import LANGUAGES, Language

SECONDS = (20, 240)
LONG_SECONDS = (60, 900)
"""For kinds in which a program, a query or an answer in prose is written."""
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_EVERY_KIND = ("id", "kind", "seconds", "prompt", "why")
_FIELDS = {
    "single": ("choices",),
    "multiple": ("choices",),
    "order": ("items",),
    "match": ("pairs", "extra"),
    "fill-in": ("answers", "wrong", "language", "program", "output"),
    "predict": ("language", "program", "output", "wrong"),
    **{kind: drill.fields for kind, drill in WRITTEN.items()},
}


class Mistake(msgspec.Struct, frozen=True):
    """Something to change in the content. `line` counts from 1; 0 when it is not known."""

    file: str
    text: str
    line: int = 0
    drill: str = ""

    @property
    def sentence(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: drill `{self.drill}`: {self.text}" if self.drill else f"{place}: {self.text}"


class Loaded(msgspec.Struct, frozen=True):
    drills: tuple[Drill, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    lines: dict[str, int] = {}
    """Where each drill stands in the file, by its name."""


def shown_path(path: Path) -> str:
    """As one would type it from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def skill_id(folder: Path) -> str:
    """`content/skills/sql/joins` holds `sql.joins`."""
    return f"{folder.parent.name}.{folder.name}"


def read_lesson(folder: Path) -> str:
    """The lesson of one skill's folder; empty where it is not written yet."""
    path = folder / "lesson.md"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def load_drills(folder: Path) -> tuple[Drill, ...]:
    """The drills of one skill's folder, in the order of the file; a `Problem` if anything is wrong with one."""
    loaded = read_drills(folder)
    if loaded.mistakes:
        first, *others = (mistake.sentence for mistake in loaded.mistakes)
        raise Problem(first, "\n".join(others))
    return loaded.drills


def read_drills(folder: Path) -> Loaded:
    """The drills that are sound, and what is wrong with the others. No file: no drills."""
    path = folder / "drills.toml"
    file = shown_path(path)
    try:
        source = path.read_text(encoding="utf-8")
        document = tomllib.loads(source)
    except FileNotFoundError:
        return Loaded()
    except UnicodeDecodeError as error:
        return Loaded(mistakes=(Mistake(file, f"byte {error.start} is not UTF-8; save the file as UTF-8."),))
    except (ValueError, RecursionError) as error:  # not TOML, a number of thousands of digits, or too deeply nested
        line = re.search(r"at line (\d+)", str(error))
        return Loaded(mistakes=(Mistake(file, f"this is not TOML: {error}.", int(line[1]) if line else 0),))
    mistakes = [
        Mistake(file, f"`{name}` does not belong here; the file holds `[[drill]]` tables only.")
        for name in document
        if name != "drill"
    ]
    tables = document.get("drill", [])
    if not is_tables(tables):
        return Loaded(mistakes=(*mistakes, Mistake(file, "`drill` is not a list; write `[[drill]]` above each drill.")))
    return _read_tables(tables, _lines(source, len(tables)), skill_id(folder), file, mistakes)


def _read_tables(
    tables: list[dict[str, Any]], lines: Sequence[int], skill: str, file: str, mistakes: list[Mistake]
) -> Loaded:
    drills: list[Drill] = []
    where: dict[str, int] = {}
    for number, (table, line) in enumerate(zip(tables, lines, strict=True), 1):
        name = table.get("id")
        shown = name if isinstance(name, str) and name else f"number {number}"
        found: list[str] = []
        drill = _drill(Table(table, found.append), skill)
        if drill and drill.name in where:
            earlier = where[drill.name]
            found.append(
                "another drill has this `id`" + (f" (line {earlier})" if earlier else "") + "; choose a new one."
            )
        mistakes += [Mistake(file, text, line, shown) for text in found]
        if drill and not found:
            drills.append(drill)
            where[drill.name] = line
    return Loaded(tuple(drills), tuple(mistakes), where)


def _lines(source: str, count: int) -> Sequence[int]:
    """The line of each drill's `id`, or of its `[[drill]]`; zeros where the two do not add up."""
    found: list[int] = []
    named = False
    quote = ""
    for number, line in enumerate(source.split("\n"), 1):
        if not quote:
            if re.match(r"\s*\[\[\s*drill\s*\]\]", line):
                found.append(number)
                named = False
            elif found and not named and re.match(r"\s*id\s*=", line):
                found[-1] = number
                named = True
        for mark in re.findall(r'"""|' + "'''", line):
            quote = mark if not quote else "" if mark == quote else quote
    return found if len(found) == count else [0] * count


def _drill(table: Table, skill: str) -> Drill | None:
    kind = table.text("kind")
    if kind not in KINDS:
        if kind:
            table.say(f"`{kind}` is not a kind; use one of {', '.join(KINDS)}.")
        return None
    table.only((*_EVERY_KIND, *_FIELDS[kind]), f"{_a(kind)} drill")
    name = table.text("id")
    if name and not _NAME.fullmatch(name):
        table.say("`id` must be lower-case words joined by hyphens; rename it.")
    base = {
        "skill": skill,
        "name": name,
        "seconds": _seconds(table),
        "prompt": table.text("prompt"),
        "why": table.text("why", required=kind not in ("single", "multiple")),
    }
    return WRITTEN[kind].read(table, base) if kind in WRITTEN else _READERS[kind](table, base)


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" or kind == "http" else f"a {kind}"


def _seconds(table: Table) -> int:
    seconds = table.table.get("seconds")
    low, high = LONG_SECONDS if table.table.get("kind") in WRITTEN else SECONDS
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not low <= seconds <= high:
        wrong = "is missing" if seconds is None else f"is {seconds!r}"
        table.say(f"`seconds` {wrong}; write a whole number from {low} to {high}.")
        return low
    return seconds


def _choices(table: Table, low: int, high: int) -> tuple[Choice, ...]:
    choices = []
    for entry in table.tables("choices", low, high, "`[[drill.choices]]` above each choice"):
        entry.only(("text", "why", "right"), "a choice")
        right = entry.table.get("right", False)
        if not isinstance(right, bool):
            entry.say("`right` is neither `true` nor `false`; write one of them, without quotes.")
        choices.append(Choice(entry.text("text"), entry.text("why"), right is True))
    no_twins(table, "choices", [choice.text for choice in choices])
    return tuple(choices)


def _single(table: Table, base: dict[str, Any]) -> Drill:
    choices = _choices(table, 3, 5)
    rights = sum(choice.right for choice in choices)
    if choices and rights != 1:
        table.say(f"{rights} choices have `right = true`; a single drill has exactly one.")
    return Single(**base, choices=choices)


def _multiple(table: Table, base: dict[str, Any]) -> Drill:
    choices = _choices(table, 3, 6)
    rights = sum(choice.right for choice in choices)
    if choices and rights in (0, len(choices)):
        table.say(
            f"{rights} of {len(choices)} choices have `right = true`; a multiple drill needs a right and a wrong one."
        )
    return Multiple(**base, choices=choices)


def _order(table: Table, base: dict[str, Any]) -> Drill:
    items = table.texts("items", 3, 6)
    no_twins(table, "items", items)
    return Order(**base, items=items)


def _match(table: Table, base: dict[str, Any]) -> Drill:
    raw = table.table.get("pairs")
    pairs: tuple[tuple[str, str], ...] = ()
    if isinstance(raw, list) and all(_is_pair(pair) for pair in raw):
        pairs = tuple((left, right) for left, right in raw)
        table.count("pairs", len(pairs), 3, 6)
    else:
        wrong = "missing" if raw is None else "not a list of pairs"
        table.say(f'`pairs` is {wrong}; write `pairs = [["left", "right"], ...]`.')
    extra = table.texts("extra", 1, 4, required=False)
    no_twins(table, "pairs (left)", [left for left, _ in pairs])
    no_twins(table, "pairs (right) and extra", [*(right for _, right in pairs), *extra])
    return Match(**base, pairs=pairs, extra=extra)


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(side, str) and side.strip() for side in value)


def _language(table: Table) -> Language | None:
    language = table.text("language")
    if language in LANGUAGES:
        return language
    if language:
        table.say(f"`language` is `{language}`; use one of {', '.join(LANGUAGES)}.")
    return None


def _fill_in(table: Table, base: dict[str, Any]) -> Drill:
    answers, wrongs = table.texts("answers", 1, 20), Wrong.read_all(table, 10)
    _no_clash(table, [fold_answer(answer) for answer in answers], [fold_answer(wrong.answer) for wrong in wrongs])
    language, program, output = None, "", ""
    executable = [field for field in ("language", "program", "output") if field in table.table]
    if executable:
        language, program, output = _language(table), table.text("program"), table.text("output")
        blanks = len(BLANK.findall(program))
        if program and blanks != 1:
            table.say(f"`program` holds {blanks} blanks; write `____` exactly once.")
    elif len(BLANK.findall(base["prompt"])) != 1 and base["prompt"]:
        table.say(f"`prompt` holds {len(BLANK.findall(base['prompt']))} blanks; write `____` exactly once.")
    return FillIn(**base, answers=answers, wrong=wrongs, language=language, program=program, output=output)


def _predict(table: Table, base: dict[str, Any]) -> Drill:
    language = _language(table)
    program, output, wrongs = table.text("program"), table.text("output"), Wrong.read_all(table, 3)
    _no_clash(table, [fold_output(output)], [fold_output(wrong.answer) for wrong in wrongs])
    # A mistake was noted where there is no language, and the drill is dropped.
    return Predict(**base, language=language or "python", program=program, output=output, wrong=wrongs)


def _no_clash(table: Table, rights: Sequence[str], wrongs: Sequence[str]) -> None:
    for wrong in wrongs:
        if wrong and wrong in rights:
            table.say(f"`wrong`: {wrong!r} is also an accepted answer; take it out of one of the two.")
    no_twins(table, "wrong", wrongs)


_READERS: dict[str, Callable[[Table, dict[str, Any]], Drill]] = {
    "single": _single,
    "multiple": _multiple,
    "order": _order,
    "match": _match,
    "fill-in": _fill_in,
    "predict": _predict,
}

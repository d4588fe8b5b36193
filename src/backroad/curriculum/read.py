"""Reads one TOML file into frozen nouns; what is wrong with it becomes one sentence with file and line."""

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from backroad.curriculum.model import Mistake

Noun = TypeVar("Noun", bound=msgspec.Struct)

_PLAIN = {
    "`int`": "a whole number",
    "`float`": "a number",
    "`str`": "text",
    "`bool`": "true or false",
    "`array`": "a list",
    "`object`": "a table",
    "`null`": "nothing",
}
_AT = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<pointer>.*)`)?$", re.DOTALL)
_FIELD = re.compile(r"^Object (?P<how>missing required|contains unknown) field `(?P<name>[^`]+)`$")
_TOKEN = re.compile(r"\.?(?P<name>[\w-]+|\[\.\.\.\])(?:\[(?P<number>\d+)\])?")


class Wrong(Exception):
    def __init__(self, mistake: Mistake) -> None:
        super().__init__(mistake.sentence)
        self.mistake = mistake


def shown(path: Path) -> str:
    """As one would type it from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def parse(path: Path) -> tuple[dict[str, Any], str]:
    """The tables of the file and its text."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Wrong(Mistake(shown(path), "the file is missing.")) from None
    except (OSError, UnicodeDecodeError) as error:
        raise Wrong(Mistake(shown(path), f"the file cannot be read as UTF-8 text: {error}.")) from None
    try:
        return tomllib.loads(text), text
    except (RecursionError, MemoryError):
        raise Wrong(Mistake(shown(path), "the file is nested too deeply.")) from None
    except ValueError as error:  # TOMLDecodeError, or a number with thousands of digits
        found = re.search(r"line (\d+)", str(error))
        sentence = f"this is not TOML: {str(error)[0].lower()}{str(error)[1:]}."
        raise Wrong(Mistake(shown(path), sentence, int(found[1]) if found else max(1, text.count("\n")))) from None


def convert(raw: dict[str, Any], noun: type[Noun], path: Path, text: str) -> Noun:
    try:
        return msgspec.convert(raw, noun)
    except msgspec.ValidationError as error:
        found = _AT.match(str(error))
        what, pointer = (found["what"], found["pointer"] or "") if found else (str(error), "")
        sentence, name = _say(what, pointer, noun)
        raise Wrong(Mistake(shown(path), sentence, line_at(text, f"{pointer}.{name}" if name else pointer))) from None


def _say(what: str, pointer: str, noun: type[Noun]) -> tuple[str, str]:
    """The sentence, and the field that is named in it but not in the pointer."""
    where = pointer.strip(".")
    inside = f" in {where}" if where else ""
    field = _FIELD.match(what)
    if field and field["how"] == "missing required":
        return f"`{field['name']}` is missing{inside}.", ""
    if field:
        near = difflib.get_close_matches(field["name"], noun.__struct_fields__, 1) if not where else []
        meant = f" Did you mean `{near[0]}`?" if near else ""
        return f"`{field['name']}` is not a field{inside}.{meant}", field["name"]
    for term, plain in _PLAIN.items():
        what = what.replace(term, plain)
    return f"`{where}`: {what[0].lower()}{what[1:]}.", ""


def line_at(text: str, pointer: str) -> int:
    """The line of `.steps[1].weeks`, or of the closest thing around it that can be found; 0 at worst."""
    start, end, found = 0, len(text), -1
    for token in _TOKEN.finditer(pointer):
        name = re.escape(token["name"].removesuffix("s") if token["number"] else token["name"])
        if token["number"]:
            heads = [head.start() for head in re.finditer(rf"^\[\[{name}\]\]", text, re.MULTILINE)]
            if int(token["number"]) < len(heads):
                found = start = heads[int(token["number"])]
                end = next((head for head in heads if head > start), len(text))
                continue
            name = re.escape(token["name"])
        key = re.compile(rf'^\s*(?:\[(?:\w+\.)?{name}\]|"?{name}"?\s*=)', re.MULTILINE).search(text, start, end)
        if key is None:
            break
        found = start = key.end()
    return text.count("\n", 0, found) + 1 if found >= 0 else 0


def line_of(path: Path, wanted: str, after: str = "") -> int:
    """The first line that holds `wanted`, if given after the first that holds `after`; 0 if there is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return 0
    start = next((number for number, line in enumerate(lines) if after in line), 0) if after else 0
    return next((number for number, line in enumerate(lines[start:], start + 1) if wanted in line), 0)

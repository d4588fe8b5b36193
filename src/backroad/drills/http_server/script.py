"""Requests as a text in the style of `.http` files, taken apart.

`###` separates requests. `# @name first` names one, `# @wait 2` waits before it is sent, `@key = value` is a value to
use again. Then the request line, headers, an empty line and the body; for a WebSocket, the messages, parted by `===`.
"""

import re
from collections.abc import Iterator, Mapping

import msgspec

from backroad.drills.http_server.placeholders import wrong_in
from backroad.drills.http_server.wire import TOKEN
from backroad.kit.errors import Problem

MOST_REQUESTS = 40
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")
_VARIABLE = re.compile(r"@([^=\s]+)\s*=\s*(.*)")
_DIRECTIVE = re.compile(r"(?:#|//)\s*@(\S+)\s*(.*)")
_VERSIONS = ("HTTP/1.0", "HTTP/1.1")
_OURS = ("content-length", "transfer-encoding")


class Step(msgspec.Struct, frozen=True):
    """A request to send, its placeholders not yet filled in. `line` is where it stands in the text, from 1."""

    line: int
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: str
    name: str = ""
    wait: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.wait, self.target, *(value for _, value in self.headers), self.body)


class Script(msgspec.Struct, frozen=True):
    steps: tuple[Step, ...]
    values: Mapping[str, str]


def read_script(text: str) -> Script:
    """A `Problem` that names the line, if it cannot be sent as it stands."""
    steps: list[Step] = []
    values: dict[str, str] = {}
    for start, lines in _sections(text):
        step = _step(start, lines, values)
        if step is None:
            continue
        if step.name and step.name in {*values, *(earlier.name for earlier in steps)}:
            raise _wrong(step.line, f"the name `{step.name}` is taken", "Give each request a name of its own.")
        steps.append(step)
    if not steps:
        raise Problem("There is no request in this.", "Begin with a line such as `GET /report`.")
    if len(steps) > MOST_REQUESTS:
        raise Problem(f"These are {len(steps)} requests; at most {MOST_REQUESTS} are sent.", "Send fewer.")
    _placeholders(steps, values)
    return Script(tuple(steps), values)


def _sections(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines between `###`, each part with the number of its first line."""
    start, part = 1, list[str]()
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if line.startswith("###"):
            yield start, part
            start, part = number + 1, []
        else:
            part.append(line)
    yield start, part


def _step(start: int, lines: list[str], values: dict[str, str]) -> Step | None:
    name = wait = ""
    for place, line in enumerate(lines):
        number, line = start + place, line.strip()
        if found := _DIRECTIVE.fullmatch(line):
            name, wait = _directive(number, found[1], found[2].strip(), name, wait)
        elif found := _VARIABLE.fullmatch(line):
            if not _NAME.fullmatch(found[1]):
                raise _wrong(number, f"{found[1][:40]!r} is no name for a value", "Use letters, digits, `_` and `-`.")
            values[found[1]] = found[2].strip()
        elif line and not line.startswith(("#", "//")):
            return _request(number, line, lines[place + 1 :], name, wait)
    if name or wait:
        raise _wrong(start, "there is no request below this", "Write one, such as `GET /report`.")
    return None


def _directive(number: int, word: str, value: str, name: str, wait: str) -> tuple[str, str]:
    if word == "name" and _NAME.fullmatch(value):
        return value, wait
    if word == "wait" and value:
        return name, value
    raise _wrong(number, f"`@{word[:20]} {value[:40]}` is not understood", "Write `# @name first` or `# @wait 2`.")


def _request(number: int, line: str, following: list[str], name: str, wait: str) -> Step:
    method, _, target = line.partition(" ")
    before, _, version = target.rpartition(" ")
    target = (before if version in _VERSIONS else target).strip()
    if not target or not TOKEN.fullmatch(method):
        raise _wrong(number, f"{line[:60]!r} is no request line", "Begin with a method and a path, as `GET /report`.")
    if not target.startswith(("/", "{{")) or target.startswith("//"):
        hint = "Begin it with one `/`: requests go to the drill's server."
        raise _wrong(number, f"{target[:60]!r} is no path", hint)
    headers = []
    rest = iter(enumerate(following, number + 1))
    for at, text in rest:
        if not text.strip():
            break
        if text.startswith(("#", "//")):
            continue
        field, colon, value = text.partition(":")
        if not colon or not TOKEN.fullmatch(field.strip()):
            raise _wrong(
                at, f"{text.strip()[:60]!r} is no header", "Write `Name: value`, and an empty line above a body."
            )
        if field.strip().lower() in _OURS:
            raise _wrong(at, f"`{field.strip()}` is set for you", "Leave it out.")
        headers.append((field.strip(), value.strip()))
    body = "\n".join(text for _, text in rest).strip("\n")
    return Step(number, method, target, tuple(headers), body, name, wait)


def _placeholders(steps: list[Step], values: Mapping[str, str]) -> None:
    names = {step.name for step in steps}
    for name, value in values.items():
        if wrong := wrong_in(value, names, values):
            raise Problem(f"In `@{name}`: {wrong}.", "Take from a request that has a name.")
    earlier: set[str] = set()
    for step in steps:
        for text in step.texts:
            if wrong := wrong_in(text, earlier, values):
                raise _wrong(step.line, wrong, "Take from a request that was named above it.")
        earlier.add(step.name)


def _wrong(line: int, what: str, hint: str) -> Problem:
    return Problem(f"Line {line}: {what}.", hint)

"""Reads MongoDB's shell syntax as data: chains of calls on collections, with literal arguments. Nothing is evaluated.

Runs inside the child of `document` drills; only the standard library.
"""

import datetime
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

DEEPEST = 60
EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001  UTC without a zone
_SKIP = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?")
_TEXT = re.compile(r'"((?:[^"\\\n]|\\.)*)"|' + r"'((?:[^'\\\n]|\\.)*)'", re.DOTALL)
_PATTERN = re.compile(r"/((?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)/([a-z]*)")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0", "\n": ""}
_WORDS = {"true": True, "false": False, "null": None, "undefined": None, "Infinity": math.inf, "NaN": math.nan}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?")


class Unreadable(Exception):
    """What is wrong, and in which line."""


class ObjectId(NamedTuple):
    digits: str


class Pattern(NamedTuple):
    """A regular expression as it was written; `flags` are letters."""

    source: str
    flags: str


class Call(NamedTuple):
    name: str
    arguments: list[Any]


class Statement(NamedTuple):
    """`db.COLLECTION.first().second()`: `calls` holds at least one."""

    collection: str
    calls: list[Call]
    line: int


def read(script: str) -> list[Statement]:
    """An `Unreadable` where it is not understood."""
    return list(_Reader(script).statements())


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.constructors: dict[str, Callable[[list[Any]], Any]] = {
            "ISODate": self.moment,
            "Date": self.moment,
            "ObjectId": self.object_id,
            "NumberInt": self.number_of,
            "NumberLong": self.number_of,
            "Int32": self.number_of,
            "Long": self.number_of,
            "Double": self.number_of,
        }

    def fault(self, what: str) -> Unreadable:
        return Unreadable(f"line {self.line}: {what}")

    @property
    def line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1

    def skip(self) -> None:
        if found := _SKIP.match(self.text, self.at):
            self.at = found.end()

    def peek(self) -> str:
        self.skip()
        return self.text[self.at : self.at + 1]

    def has(self, mark: str) -> bool:
        self.skip()
        if not self.text.startswith(mark, self.at):
            return False
        self.at += len(mark)
        return True

    def need(self, mark: str, where: str) -> None:
        if not self.has(mark):
            raise self.fault(f"`{mark}` {where} is missing; there is {self.seen()}".replace("  ", " "))

    def seen(self) -> str:
        self.skip()
        rest = self.text[self.at : self.at + 20].split("\n")[0]
        return f"`{rest}`" if rest else "the end"

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        self.skip()
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def statements(self) -> Iterator[Statement]:
        while True:
            while self.has(";"):
                pass
            if not self.peek():
                return
            yield self.statement()

    def statement(self) -> Statement:
        line = self.line
        word = self.take(_NAME)
        if not word or word[0] != "db":
            there = f"`{word[0]}`" if word else self.seen()
            raise self.fault(f"a statement begins with `db.` and a collection, not with {there}")
        collection = self.collection()
        calls: list[Call] = []
        while self.has("."):
            name = self.take(_NAME)
            if not name:
                raise self.fault(f"a name is missing after the full stop; there is {self.seen()}")
            if self.peek() != "(" and not calls:
                collection += f".{name[0]}"
                continue
            self.need("(", f"after `{name[0]}`")
            calls.append(Call(name[0], self.values(")", 0)))
        if not calls:
            raise self.fault(f"`db.{collection}` calls nothing, such as `.find()`")
        return Statement(collection, calls, line)

    def collection(self) -> str:
        if self.has("["):
            name = self.text_value()
            self.need("]", "after the name of the collection")
            return name
        self.need(".", "after `db`")
        word = self.take(_NAME)
        if not word:
            raise self.fault(f"the name of a collection is missing; there is {self.seen()}")
        if word[0] == "getCollection" and self.has("("):
            name = self.text_value()
            self.need(")", "after the name of the collection")
            return name
        if self.peek() == "(":
            raise self.fault(f"`db.{word[0]}()` cannot be used in a drill; call a method of a collection")
        return word[0]

    def text_value(self) -> str:
        found = self.take(_TEXT)
        if not found:
            raise self.fault(f"a text in quotes is missing; there is {self.seen()}")
        return self.unescaped(found)

    def unescaped(self, found: re.Match[str]) -> str:
        def character(escape: re.Match[str]) -> str:
            digits = escape[1] or escape[2]
            return chr(int(digits, 16)) if digits else _ESCAPED.get(escape[3], escape[3])

        text = _ESCAPE.sub(character, found[1] if found[1] is not None else found[2])
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            raise self.fault("a text is not valid Unicode")
        return text

    def values(self, end: str, depth: int) -> list[Any]:
        found = []
        while not self.has(end):
            found.append(self.value(depth))
            if not self.has(","):
                self.need(end, "or a comma")
                break
        return found

    def value(self, depth: int) -> Any:
        """A literal, or a product of numbers such as `60 * 60`."""
        found = self.one(depth)
        while isinstance(found, int | float) and not isinstance(found, bool) and self.has("*"):
            other = self.one(depth)
            if not isinstance(other, int | float) or isinstance(other, bool):
                raise self.fault("only numbers can be multiplied")
            found = self.sized(found * other)
        return found

    def one(self, depth: int) -> Any:
        if depth > DEEPEST:
            raise self.fault(f"there are more than {DEEPEST} levels")
        sign = self.peek()
        if sign == "{":
            return self.document(depth)
        if self.has("["):
            return self.values("]", depth + 1)
        if sign in ("'", '"'):
            return self.text_value()
        if sign == "/":
            return self.pattern()
        if sign in ("-", "+"):
            self.at += 1
            number = self.number()
            return -number if sign == "-" else number
        if sign.isdigit() or sign == ".":
            return self.number()
        return self.word(depth)

    def document(self, depth: int) -> dict[str, Any]:
        self.need("{", "")
        found: dict[str, Any] = {}
        while not self.has("}"):
            key = self.key()
            self.need(":", f"after `{key}`")
            if key in found:
                raise self.fault(f"the field `{key}` stands twice in one document, so that only the last would count")
            found[key] = self.value(depth + 1)
            if not self.has(","):
                self.need("}", "or a comma")
                break
        return found

    def key(self) -> str:
        if self.peek() in ("'", '"'):
            return self.text_value()
        found = self.take(_NAME) or self.take(_NUMBER)
        if not found:
            raise self.fault(f"the name of a field is missing; there is {self.seen()}")
        if self.peek() == "." or "." in found[0]:
            raise self.fault(f"a path such as `{found[0]}.…` stands in quotes")
        return found[0]

    def number(self) -> int | float:
        found = self.take(_NUMBER)
        if not found:
            raise self.fault(f"a number is missing; there is {self.seen()}")
        if len(found[0]) > 40:
            raise self.fault("a number has more than 40 digits")
        text = found[0]
        if text[:2] in ("0x", "0X"):
            return self.sized(int(text, 16))
        return self.sized(int(text)) if text.isdigit() else float(text)

    def sized(self, number: int | float) -> int | float:
        """Beyond 64 bits a number is a fraction, as it is in the shell."""
        return number if isinstance(number, float) or abs(number) < 2**63 else float(number)

    def pattern(self) -> Pattern:
        found = self.take(_PATTERN)
        if not found:
            raise self.fault("a regular expression does not end")
        if set(found[2]) - set("imsx"):
            raise self.fault(f"`{found[2]}` are not options of a regular expression; there are i, m, s and x")
        return Pattern(found[1].replace("\\/", "/"), found[2])

    def word(self, depth: int) -> Any:
        found = self.take(_NAME)
        name = found[0] if found else ""
        if name == "new":
            found = self.take(_NAME)
            name = found[0] if found else ""
        if name in self.constructors and self.peek() == "(":
            self.need("(", "")
            return self.constructors[name](self.values(")", depth + 1))
        if name in _WORDS:
            return _WORDS[name]
        if name and self.peek() == "(":
            raise self.fault(f"`{name}()` is not known here; there are ISODate, ObjectId and the numbers' types")
        raise self.fault(f"`{name}` is no value; put a text in quotes" if name else f"{self.seen()} is no value")

    def moment(self, arguments: list[Any]) -> datetime.datetime:
        text = arguments[0] if arguments else ""
        if not arguments:
            raise self.fault(
                'the present moment is another one at each run; write the moment, as ISODate("2026-01-05")'
            )
        try:
            if isinstance(text, int | float) and not isinstance(text, bool):
                return EPOCH + datetime.timedelta(milliseconds=text)
            if not isinstance(text, str) or not _MOMENT.fullmatch(text):
                raise ValueError
            found = datetime.datetime.fromisoformat(text)
        except (ValueError, OverflowError):
            raise self.fault(f"{str(text)[:40]!r} is not a moment such as 2026-01-05T09:00:00Z") from None
        if found.tzinfo:
            found = found.astimezone(datetime.UTC).replace(tzinfo=None)
        return found.replace(microsecond=found.microsecond // 1000 * 1000)

    def object_id(self, arguments: list[Any]) -> ObjectId:
        digits = arguments[0] if arguments else ""
        if not isinstance(digits, str) or not re.fullmatch(r"[0-9a-fA-F]{24}", digits):
            raise self.fault(f"ObjectId({str(digits)[:40]!r}) needs 24 hexadecimal digits in quotes")
        return ObjectId(digits.lower())

    def number_of(self, arguments: list[Any]) -> int | float:
        number = arguments[0] if arguments else 0
        if isinstance(number, str) and re.fullmatch(r"-?\d{1,18}", number):
            number = int(number)
        if not isinstance(number, int | float) or isinstance(number, bool):
            raise self.fault(f"{str(number)[:40]!r} is not a number")
        return number

"""A text that a regular expression matches: enough of its language for the patterns that documents hold."""

import importlib
import re
from random import Random
from typing import Any

# Private modules: type checkers differ on whether they are there.
constants: Any = importlib.import_module("re._constants")
sre_parse: Any = importlib.import_module("re._parser")

MORE = 4  # repetitions beyond the least
PRINTABLE = [chr(code) for code in range(33, 127)]
CLASSES = {
    constants.CATEGORY_DIGIT: "0123456789",
    constants.CATEGORY_WORD: "abcdefghijklmnopqrstuvwxyz0123456789_",
    constants.CATEGORY_SPACE: " ",
}
NEGATED = {
    constants.CATEGORY_NOT_DIGIT: constants.CATEGORY_DIGIT,
    constants.CATEGORY_NOT_WORD: constants.CATEGORY_WORD,
    constants.CATEGORY_NOT_SPACE: constants.CATEGORY_SPACE,
}


class Unknown(Exception):
    pass


def matching(pattern: str, random: Random) -> str | None:
    """None where the pattern is beyond us; the caller tries the text against the pattern."""
    try:
        return "".join(part(token, random) for token in sre_parse.parse(pattern))
    except (Unknown, re.error, OverflowError, RecursionError):
        return None


def part(token: Any, random: Random) -> str:
    kind, value = token
    if kind is constants.LITERAL:
        return chr(value)
    if kind is constants.ANY:
        return random.choice(PRINTABLE)
    if kind is constants.NOT_LITERAL:
        return random.choice([char for char in PRINTABLE if ord(char) != value])
    if kind is constants.IN:
        return random.choice(members(value))
    if kind is constants.AT:
        return ""
    if kind in (constants.MAX_REPEAT, constants.MIN_REPEAT):
        least, most, inner = value
        times = random.randint(least, min(most, least + MORE))
        return "".join(part(one, random) for _ in range(min(times, 500)) for one in inner)
    if kind is constants.SUBPATTERN:
        return "".join(part(one, random) for one in value[-1])
    if kind is constants.BRANCH:
        return "".join(part(one, random) for one in random.choice(value[1]))
    if kind in (constants.ASSERT, constants.ASSERT_NOT):
        return ""  # the result is tried against the whole pattern
    raise Unknown


def members(parts: Any) -> list[str]:
    chars: list[str] = []
    negated = False
    for kind, value in parts:
        if kind is constants.NEGATE:
            negated = True
        elif kind is constants.LITERAL:
            chars.append(chr(value))
        elif kind is constants.RANGE:
            chars += [chr(code) for code in range(value[0], min(value[1], value[0] + 200) + 1)]
        elif value in CLASSES:
            chars += CLASSES[value]
        elif value in NEGATED:
            chars += [char for char in PRINTABLE if char not in CLASSES[NEGATED[value]]]
        else:
            raise Unknown
    found = [char for char in PRINTABLE if char not in chars] if negated else chars
    if not found:
        raise Unknown
    return found

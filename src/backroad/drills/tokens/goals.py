"""What a token must say, declared: one place in it, one demand, one sentence."""

from collections.abc import Mapping
from typing import Any

import msgspec

from backroad.drills.tokens.compact import Token, said


class Goal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`claim` or `header` names the place; a dot leads into an object. Demands: `equals` a value; `has` all of these
    words (of a text) or items (of a list), and `just` these; `within` so many seconds from now, from and to; `letters`,
    a text of at least so many; `absent`. With `only` there is no place: no other claims than these."""

    name: str
    say: str
    why: str = ""
    claim: str = ""
    header: str = ""
    equals: str | int | bool | list[str] | None = None
    has: tuple[str, ...] = ()
    just: tuple[str, ...] = ()
    within: tuple[int, int] | None = None
    letters: int = 0
    absent: bool = False
    only: tuple[str, ...] = ()

    def wrong(self) -> str:
        """What is wrong with the goal as it is declared."""
        if bool(self.claim) + bool(self.header) + bool(self.only) != 1:
            return "write one of `claim`, `header` and `only`"
        demands = (self.equals is not None, self.has, self.just, self.within, self.letters, self.absent)
        if sum(map(bool, demands)) != (0 if self.only else 1):
            return "write one of `equals`, `has`, `just`, `within`, `letters` and `absent`"
        return ""

    def missed(self, token: Token, now: int) -> str:
        """What is there instead, in a sentence; empty where the goal is reached."""
        if self.only:
            more = [name for name in token.claims if name not in self.only]
            return f"There is also {', '.join(said(name) for name in more[:5])}." if more else ""
        path = self.claim or self.header
        there, value = _at(token.claims if self.claim else token.header, path)
        if self.absent:
            return f"`{path}` is there." if there else ""
        if not there:
            return f"`{path}` is missing."
        return "" if self._holds(value, now) else self._found(path, value, now)

    def _holds(self, value: Any, now: int) -> bool:
        if self.equals is not None:
            return type(value) is type(self.equals) and bool(value == self.equals)
        if self.within:
            low, high = self.within
            return _is_number(value) and low <= value - now <= high
        if self.letters:
            return isinstance(value, str) and len(value.strip()) >= self.letters
        words = value.split() if isinstance(value, str) else value if isinstance(value, list) else []
        if self.just:
            return sorted(map(str, words)) == sorted(self.just)
        return all(word in words for word in self.has)

    def _found(self, path: str, value: Any, now: int) -> str:
        if not self.within or not _is_number(value):
            return f"`{path}` is {said(value)}."
        if value < 0:
            return f"`{path}` is before 1970."
        away = value - now
        if value > 100 * now:
            return f"`{path}` is given in milliseconds, or lies thousands of years ahead."
        return f"`{path}` lies {abs(away):,} s {'after' if away >= 0 else 'before'} now."


def _at(value: Mapping[str, Any], path: str) -> tuple[bool, Any]:
    found: Any = value
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return False, None
        found = found[name]
    return True, found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

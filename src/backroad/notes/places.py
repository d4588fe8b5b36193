"""What a note can hang on: looked up by those who know the skills, labs and drills."""

from collections.abc import Mapping

from backroad.kit.errors import NotFound
from backroad.kit.say import say_day
from backroad.notes.actions import is_day


class Places:
    """Titles by id for each kind of place; a day needs no list."""

    def __init__(self, *, skills: Mapping[str, str], labs: Mapping[str, str], drills: Mapping[str, str]) -> None:
        self._titles = {"skill": skills, "lab": labs, "drill": drills}

    def knows(self, kind: str, ref: str) -> bool:
        return ref in self._titles.get(kind, {}) or (kind == "day" and is_day(ref))

    def check(self, kind: str, ref: str) -> None:
        if not self.knows(kind, ref):
            raise NotFound(f"There is no {kind[:40]} called {ref[:80]!r} to write a note on.")

    def title(self, kind: str, ref: str) -> str:
        """The id itself, where the content no longer holds what a note was written on."""
        if kind == "day" and is_day(ref):
            return say_day(ref, "long")
        return self._titles.get(kind, {}).get(ref, ref)

    def href(self, kind: str, ref: str) -> str:
        if kind == "day":
            return "/notes"
        return f"/{kind}s/{ref}" if self.knows(kind, ref) else "/notes"

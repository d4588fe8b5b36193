"""What a `sql` drill asks of the database that it runs on."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import msgspec

from backroad.drills.model import Feedback


class Ran(msgspec.Struct, frozen=True):
    """What one program gave on one database. With a `check`, `columns` and `rows` are those of the check, and
    `returned` holds the names and the rows that the statements themselves gave. A value is a JSON value, or
    `{"x": hex}` for bytes, or `{"n": text}` for a decimal number. `code` is SQLite's, `state` PostgreSQL's."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    error: str = ""
    code: int = 0
    state: str = ""
    refused: str = ""
    open: bool = False
    plan: tuple[str, ...] = ()
    returned: tuple[tuple[Any, ...], ...] = ()


class Request(msgspec.Struct, frozen=True):
    """Programs, each to be run on each state. All of them are ours, or the second one is the `learners`."""

    seeds: tuple[str, ...]
    programs: tuple[str, ...]
    check: str
    plan: bool
    learners: bool = False


class Engine:
    name: ClassVar[str]
    """As sentences call it."""
    plans: ClassVar[str]
    """A regular expression: what may be demanded of a plan."""
    plans_said: ClassVar[str]

    def missing(self) -> str:
        """What this machine lacks to run it; mostly nothing."""
        return ""

    def run(self, request: Request) -> list[list[Ran]]:
        """For each program, what it gives on each state; a `Problem` where the database cannot be run."""
        raise NotImplementedError

    def unrunnable(self, ran: Ran) -> bool:
        """Whether the statements cannot be run as they stand, so that they are no answer yet."""
        raise NotImplementedError

    def stopped(self, ran: Ran) -> str:
        """A sentence where it was stopped from outside, else nothing."""
        raise NotImplementedError

    def planned(self, demand: str, plan: Sequence[str], names: Mapping[str, str]) -> Feedback:
        """Whether a plan is as demanded; `names` leads from what the plan may call a table to the table."""
        raise NotImplementedError


def judged(ok: bool, text: str, plan: Sequence[str]) -> Feedback:
    said = "; ".join(plan) or "nothing"
    return Feedback(ok=ok, text=text, given=said, why="" if ok else f"the plan is `{said}`.")

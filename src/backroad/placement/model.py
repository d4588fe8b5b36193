"""The nouns of a placement."""

from datetime import datetime
from typing import Literal

import msgspec

from backroad.drills.model import Drill
from backroad.placement.choose import Verdict

PlacementState = Literal["not begun", "running", "ended"]


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """One answer, as it was judged."""

    drill: str
    skill: str
    right: bool
    guess: float
    """The chance of a right answer by guessing, when it was asked."""
    at: datetime
    seconds: float = 0.0


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    learner: str
    started_at: datetime
    ended_at: datetime | None = None
    answers: tuple[Given, ...] = ()
    never: tuple[str, ...] | None = None
    """Areas that the learner said are new; None when nothing was asked about them."""


class Question(msgspec.Struct, frozen=True):
    number: int
    """From 1."""
    drill: Drill


class Placed(msgspec.Struct, frozen=True):
    """What a placement says of one skill."""

    skill: str
    chance: float
    """That the learner knows it, 0 to 1."""
    verdict: Verdict
    asked: int = 0
    """Questions about the skill itself; with none, it follows from others."""

"""The nouns of an interview."""

from datetime import datetime
from typing import Literal, get_args

import msgspec

from backroad.drills.model import Result

Level = Literal["junior", "middle", "senior"]
LEVELS: tuple[Level, ...] = get_args(Level)
Length = Literal[20, 40, 60]
LENGTHS: tuple[Length, ...] = get_args(Length)
"""Minutes."""
Topic = Literal["junior", "middle", "senior", "coding"]
"""What a question is of: the level at which it is asked, or coding, which has none."""
InterviewState = Literal["running", "to grade", "graded"]
LONGEST_TIME = 1800.0
"""Seconds that one question can take; longer means that the learner was away."""
MOST_QUESTIONS = 30


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the learner asked for. Without areas: their road, and what they have begun first."""

    level: Level = "middle"
    areas: tuple[str, ...] = ()
    minutes: Length = 40
    coding: bool = True


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One question of an interview, and what became of it."""

    drill: str
    skill: str
    topic: Topic
    seconds: int
    """Planned."""
    asked_at: datetime | None = None
    """None until it was reached."""
    answered_at: datetime | None = None
    """None while it is open, and for one that was reached and left when the interview was ended."""
    skipped: bool = False
    text: str = ""
    """The answer; before it is given, what was written so far."""
    result: Result | None = None
    """Of coding, when the interview is over."""
    points: tuple[str, ...] | None = None
    """Of the others: the points of the rubric that the learner finds in the answer; None before that."""
    most: int = 0
    """Points in the rubric when it was graded."""

    @property
    def area(self) -> str:
        return self.skill.partition(".")[0]

    @property
    def answered(self) -> bool:
        return self.answered_at is not None and not self.skipped

    @property
    def used(self) -> float:
        """Seconds."""
        if self.asked_at is None or self.answered_at is None:
            return 0.0
        return min(max((self.answered_at - self.asked_at).total_seconds(), 0.0), LONGEST_TIME)

    @property
    def score(self) -> float | None:
        """0 to 1; None while it cannot be told. What was skipped scores nothing."""
        if self.answered_at is None:
            return None
        if self.skipped:
            return 0.0
        if self.topic == "coding":
            return self.result.score if self.result else None
        return None if self.points is None else len(self.points) / max(1, self.most)

    @property
    def to_grade(self) -> bool:
        """Whether it waits for the learner's own judgement."""
        return self.answered and self.topic != "coding" and self.points is None


class Interview(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    learner: str
    terms: Terms
    started_at: datetime
    ended_at: datetime | None = None
    said: str = ""
    """What the learner should know of the choice, such as that there were too few questions."""
    questions: tuple[Asked, ...] = ()

    @property
    def current(self) -> int | None:
        """Number of the question to answer now, from 1; None after the last."""
        return next((n for n, asked in enumerate(self.questions, 1) if asked.answered_at is None), None)

    @property
    def planned(self) -> int:
        """Seconds."""
        return sum(asked.seconds for asked in self.questions)

    @property
    def used(self) -> float:
        """Seconds."""
        return sum(asked.used for asked in self.questions)

    @property
    def state(self) -> InterviewState:
        if self.ended_at is None:
            return "running"
        return "to grade" if any(asked.to_grade for asked in self.questions) else "graded"

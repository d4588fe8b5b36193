"""What an interview says, by area and by level, and against earlier ones. Pure."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from backroad.interview.model import LEVELS, Asked, Interview

WEAK = 0.7
"""A skill whose questions scored less, in the mean, is one to study next."""
MOST_TO_STUDY = 6


class Share(msgspec.Struct, frozen=True):
    """Of the questions of one area or level."""

    name: str
    questions: int
    """Reached and judged."""
    skipped: int
    score: float
    """Mean of theirs, 0 to 1."""
    used: float
    planned: int
    """Seconds."""


class Study(msgspec.Struct, frozen=True):
    skill: str
    score: float


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    score: float | None
    """Mean over the questions that were reached; None while nothing is judged."""
    answered: int
    skipped: int
    to_grade: int
    not_reached: int
    used: float
    planned: int
    """Seconds."""
    areas: tuple[Share, ...] = ()
    levels: tuple[Share, ...] = ()
    study: tuple[Study, ...] = ()
    """Weakest first."""


def summary(interview: Interview) -> Summary:
    questions = interview.questions
    scores = [asked.score for asked in questions if asked.score is not None]
    return Summary(
        score=_mean(scores) if scores else None,
        answered=sum(asked.answered for asked in questions),
        skipped=sum(asked.skipped for asked in questions),
        to_grade=sum(asked.to_grade for asked in questions),
        not_reached=sum(asked.answered_at is None for asked in questions),
        used=interview.used,
        planned=interview.planned,
        areas=_shares(questions, lambda asked: asked.area, dict.fromkeys(asked.area for asked in questions)),
        levels=_shares(questions, lambda asked: asked.topic, (*LEVELS, "coding")),
        study=_study(questions),
    )


def _mean(scores: Sequence[float]) -> float:
    return round(sum(scores) / len(scores), 3)


def _shares(questions: Sequence[Asked], of: Callable[[Asked], str], names: Iterable[str]) -> tuple[Share, ...]:
    found = []
    for name in names:
        mine = [asked for asked in questions if of(asked) == name and asked.score is not None]
        if mine:
            found.append(
                Share(
                    name=name,
                    questions=len(mine),
                    skipped=sum(asked.skipped for asked in mine),
                    score=_mean([asked.score or 0.0 for asked in mine]),
                    used=sum(asked.used for asked in mine),
                    planned=sum(asked.seconds for asked in mine),
                )
            )
    return tuple(found)


def _study(questions: Sequence[Asked]) -> tuple[Study, ...]:
    shares = _shares(questions, lambda asked: asked.skill, dict.fromkeys(asked.skill for asked in questions))
    weak = sorted((share for share in shares if share.score < WEAK), key=lambda share: share.score)
    return tuple(Study(share.name, share.score) for share in weak[:MOST_TO_STUDY])

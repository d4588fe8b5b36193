"""When a drill comes back, by FSRS-6 at 90 % retention, in whole days: never on the day it was answered.

A right answer is rated Good, or Hard if it took more than twice the drill's estimate; a wrong one Again. `unclear`
answers do not count. A card follows from the drill's evidence alone.

`fsrs` takes 50 ms to import, so only recording an answer imports it; reading cards does not.
"""

import functools
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING

from backroad.kit.clock import local_day
from backroad.progress.model import Card, Evidence

if TYPE_CHECKING:
    from fsrs import Rating, Scheduler

SLOW = 2.0
"""Times the estimate from which a right answer counts as hard."""
AHEAD = 4
"""Reviews after the next that a card foresees."""
DECAY = -0.1542
"""FSRS-6 default parameter 20, negated: the shape of the forgetting curve."""
FACTOR = 0.9 ** (1 / DECAY) - 1


@functools.cache
def _scheduler() -> "Scheduler":
    from fsrs import Scheduler

    return Scheduler(desired_retention=0.9, learning_steps=(), relearning_steps=(), enable_fuzzing=False)


def _rating(answer: Evidence) -> "Rating":
    from fsrs import Rating

    if answer.outcome != "passed":
        return Rating.Again
    estimate = answer.detail.get("estimate", 0)
    known = isinstance(estimate, int | float) and estimate > 0
    return Rating.Hard if known and answer.seconds > SLOW * estimate else Rating.Good


def card_of(answers: Sequence[Evidence]) -> Card | None:
    """The card of one drill from its answers, oldest first; None when none of them counts."""
    from fsrs import Card as Memory
    from fsrs import Rating

    counted = [item for item in answers if item.outcome != "unclear"]
    if not counted:
        return None
    memory = Memory(card_id=0, due=counted[0].at.astimezone(UTC))
    for item in counted:
        memory, _ = _scheduler().review_card(memory, _rating(item), item.at.astimezone(UTC))
    last = counted[-1]
    stability, difficulty = memory.stability or 0.0, memory.difficulty or 0.0
    interval, gaps = (memory.due - last.at).days, []
    for _ in range(AHEAD):
        due = memory.due
        memory, _ = _scheduler().review_card(memory, Rating.Good, due)
        gaps.append((memory.due - due).days)
    return Card(
        ref=last.ref,
        skill=last.skill,
        # Days are counted on the calendar, so that the hour of the answer and summer time do not shift the due day.
        due=local_day(last.at) + timedelta(days=interval),
        last_at=last.at,
        stability=stability,
        difficulty=difficulty,
        outcome=last.outcome,
        gaps=tuple(gaps),
    )


def retrievability(stability: float, days: int) -> float:
    """The chance to remember so many whole days after the last answer, by the forgetting curve of FSRS-6."""
    return float((1 + FACTOR * max(0, days) / stability) ** DECAY)


def due(cards: Iterable[Card], today: date) -> list[Card]:
    """Cards to review today, longest due first."""
    return sorted((card for card in cards if card.due <= today), key=lambda card: (card.due, card.skill, card.ref))


def forecast(cards: Iterable[Card], today: date, days: int) -> dict[date, int]:
    """Reviews on each of the next `days` days from today, if each is done on its day and answered right."""
    return forecast_of(((card.due, card.gaps, 1) for card in cards), today, days)


def forecast_of(alike: Iterable[tuple[date, Sequence[int], int]], today: date, days: int) -> dict[date, int]:
    """The same from (due, gaps, how many cards are so)."""
    first, end = today.toordinal(), today.toordinal() + days
    counts: Counter[int] = Counter()
    for due_on, gaps, number in alike:
        day = max(due_on.toordinal(), first)
        for gap in (0, *gaps):
            day += gap
            if day >= end:
                break
            counts[day] += number
    return {date.fromordinal(day): counts[day] for day in sorted(counts)}

"""When a drill comes back, by FSRS-6, in whole days: never on the day it was answered.

A right answer is rated Good, or Hard if it took more than twice the drill's estimate; a wrong one Again. `unclear`
answers do not count. A card follows from the drill's evidence and the learner's memory: the retention they aim at, and
the scale of their first stabilities (see `fit`).

`fsrs` takes 50 ms to import, so only recording an answer imports it; reading cards does not.
"""

import functools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from backroad.kit.clock import local_day
from backroad.progress.model import Card, Evidence, Memory

if TYPE_CHECKING:
    from fsrs import Rating, Scheduler

SPACED = ("drill", "review")
"""Sources of evidence that make cards."""
SLOW = 2.0
"""Times the estimate from which a right answer counts as hard."""
AHEAD = 4
"""Reviews after the next that a card foresees."""
DECAY = -0.1542
"""FSRS-6 default parameter 20, negated: the shape of the forgetting curve."""
FACTOR = 0.9 ** (1 / DECAY) - 1
USUAL = Memory()


@functools.lru_cache(maxsize=8)
def _scheduler(retention: int, scale: float) -> "Scheduler":
    from fsrs import Scheduler
    from fsrs.scheduler import DEFAULT_PARAMETERS

    first = [stability * scale for stability in DEFAULT_PARAMETERS[:4]]
    return Scheduler(
        [*first, *DEFAULT_PARAMETERS[4:]],
        desired_retention=retention / 100,
        learning_steps=(),
        relearning_steps=(),
        enable_fuzzing=False,
    )


def first_stability(answer: Evidence) -> float:
    """What FSRS expects of anyone after such a first answer."""
    from fsrs.scheduler import DEFAULT_PARAMETERS

    return DEFAULT_PARAMETERS[_rating(answer) - 1]


def gaps_of(retention: int, scale: float) -> tuple[int, ...]:
    """Days after drilling on which a new drill comes back if it is answered right each time."""
    from fsrs import Card as Remembered
    from fsrs import Rating

    begin = datetime(2000, 1, 1, tzinfo=UTC)
    remembered, gaps = Remembered(card_id=0, due=begin), []
    for _ in USUAL.gaps:
        remembered, _ = _scheduler(retention, scale).review_card(remembered, Rating.Good, remembered.due)
        gaps.append((remembered.due - begin).days)
    return tuple(gaps)


def _rating(answer: Evidence) -> "Rating":
    from fsrs import Rating

    if answer.outcome != "passed":
        return Rating.Again
    estimate = answer.detail.get("estimate", 0)
    known = isinstance(estimate, int | float) and estimate > 0
    return Rating.Hard if known and answer.seconds > SLOW * estimate else Rating.Good


def card_of(answers: Sequence[Evidence], memory: Memory = USUAL) -> Card | None:
    """The card of one drill from its answers, oldest first; None when none of them counts."""
    from fsrs import Card as Remembered
    from fsrs import Rating

    scheduler = _scheduler(memory.retention, memory.scale)
    counted = [item for item in answers if item.outcome != "unclear"]
    if not counted:
        return None
    state = Remembered(card_id=0, due=counted[0].at.astimezone(UTC))
    for item in counted:
        state, _ = scheduler.review_card(state, _rating(item), item.at.astimezone(UTC))
    last = counted[-1]
    stability, difficulty = state.stability or 0.0, state.difficulty or 0.0
    interval, gaps = (state.due - last.at).days, []
    for _ in range(AHEAD):
        due = state.due
        state, _ = scheduler.review_card(state, Rating.Good, due)
        gaps.append((state.due - due).days)
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
        lapses=sum(item.source == "review" and item.outcome == "failed" for item in counted),
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


def flattened(counts: Mapping[date, int], room: int, most: int, first: date | None = None) -> dict[date, int]:
    """At most so many on each day, `room` on the first one: what is over waits for the next day. Nothing is lost.

    Without a `first` day, it is the first on which one is due.
    """
    if not counts:
        return {}
    asked, waiting, day, last = dict[date, int](), 0, first or min(counts), max(counts)
    while day <= last or waiting:
        waiting += counts.get(day, 0)
        today = min(waiting, room)
        if today:
            asked[day] = today
        waiting, room, day = waiting - today, most, day + timedelta(days=1)
    return asked


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

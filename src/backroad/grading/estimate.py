"""How long it will take, honestly: a range from past gradings, or the reason why there is none. Pure."""

import math
from collections.abc import Mapping, Sequence

from backroad.grading.model import Estimate, Place

FEW = 5
"""With fewer past gradings of a lab than this, the range is doubled in both directions."""
NOBODY = "No grader is at work."
NOTHING_KNOWN = "No grading of this lab has ended yet, so nobody knows how long one takes."

Span = tuple[float, float]


def span(durations: Sequence[float]) -> Span | None:
    """A quarter of the past gradings took less than the first, nine tenths less than the second (seconds)."""
    if not durations:
        return None
    ordered = sorted(durations)

    def quantile(share: float) -> float:
        return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1 if share else 0)]

    low, high = quantile(0.25), quantile(0.9)
    return (low / 2, high * 2) if len(ordered) < FEW else (low, high)


def place_of(
    number: int, lab: str, ahead: Sequence[str], running: Sequence[tuple[str, float]], workers: int,
    known: Mapping[str, Span],
) -> Place:  # fmt: skip
    """`ahead` are the labs of the gradings that come before it, `running` (lab, seconds since its start) those that
    are under way; for a running one, `number` is 0 and `running` holds itself alone."""
    if not workers:
        return Place(number, None, NOBODY)
    if lab not in known or not known.keys() >= {*ahead, *(slug for slug, _ in running)}:
        return Place(number, None, NOTHING_KNOWN)
    left = [(max(0.0, known[slug][0] - spent), max(0.0, known[slug][1] - spent)) for slug, spent in running]
    if number == 0:
        return Place(0, _whole(*left[0]))
    before = [*left, *(known[slug] for slug in ahead)]
    # Work that is spread over the graders; at the latest one waits besides for the longest one that is in the way.
    soonest = sum(low for low, _ in before) / workers if len(before) >= workers else 0.0
    latest = sum(high for _, high in before) / workers + max((high for _, high in before), default=0.0) / 2
    return Place(number, _whole(soonest + known[lab][0], latest + known[lab][1]))


def _whole(soonest: float, latest: float) -> Estimate:
    return Estimate(math.floor(soonest), max(math.ceil(latest), 1))


def say_place(place: Place) -> str:
    """`number 3 in the queue, done in 1 to 4 min`, or why nobody knows."""
    where = {0: "being graded", 1: "next"}.get(place.number, f"number {place.number} in the queue")
    if place.estimate is None:
        return f"{where}; {place.why[0].lower()}{place.why[1:].rstrip('.')}"
    return f"{where}, done in {say_range(place.estimate.soonest, place.estimate.latest)}"


def say_range(soonest: int, latest: int) -> str:
    """`20 to 50 s`, `1 to 4 min`."""
    if latest < 100:
        return f"up to {latest} s" if soonest >= latest else f"{soonest} to {latest} s"
    low, high = soonest // 60, -(-latest // 60)
    return f"up to {high} min" if low >= high or not low else f"{low} to {high} min"

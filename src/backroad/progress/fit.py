"""What a learner's own reviews say of how long they remember: one number, the scale of FSRS's first stabilities.

FSRS's 21 parameters come from many people. The optimizer that fits all of them to one needs torch, and thousands of
reviews. A learner's first review of each drill says most of what can be known early: so only the stability after the
first answer is scaled, by the most probable factor, which is held near 1 while little is known. Pure.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from backroad.progress.model import Evidence
from backroad.progress.reviews import SPACED, first_stability, retrievability

FIRST_FIT = 64
"""Answered reviews before anything is fitted; then again at twice as many, and so on."""
PRIOR_SPREAD = 0.5
"""Standard deviation of the logarithm of the scale among learners, as far as is assumed."""
LIMITS = (0.1, 8.0)
STEPS = 200
SURELY = 1e-6


class Sample(msgspec.Struct, frozen=True):
    """The first review of a drill: the stability that was expected, the whole days since, and whether it was right."""

    stability: float
    days: int
    passed: bool


def fit_at(reviews: int) -> int:
    """How many of the learner's reviews the fit rests on; 0 for too few."""
    return 0 if reviews < FIRST_FIT else FIRST_FIT << ((reviews // FIRST_FIT).bit_length() - 1)


def is_review(item: Evidence) -> bool:
    return item.source == "review" and item.outcome != "unclear"


def samples_of(ledger: Sequence[Evidence]) -> list[Sample]:
    """From evidence in its order, as far as the fit rests on it."""
    left = fit_at(sum(is_review(item) for item in ledger))
    answers: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
    for item in ledger:
        if left <= 0:
            break
        if item.source in SPACED and item.outcome != "unclear":
            answers[item.skill, item.ref].append(item)
            left -= is_review(item)
    samples = []
    for first, second in (given[:2] for given in answers.values() if len(given) > 1):
        days = (second.at - first.at).days
        if days > 0:
            samples.append(Sample(first_stability(first), days, second.outcome == "passed"))
    return samples


def scale_of(samples: Iterable[Sample]) -> float:
    """The most probable scale, on a logarithmic grid of 2 %; 1.0 without samples."""
    alike = Counter(samples)
    if not alike:
        return 1.0
    low, high = map(math.log, LIMITS)
    grid = [math.exp(low + (high - low) * step / STEPS) for step in range(STEPS + 1)]

    def how_probable(scale: float) -> float:
        return _log_likelihood(scale, alike) - _doubt(scale)

    best: float = max(grid, key=how_probable)
    return round(best, 3)


def _log_likelihood(scale: float, alike: Counter[Sample]) -> float:
    total = 0.0
    for sample, count in alike.items():
        chance = retrievability(sample.stability * scale, sample.days)
        total += count * math.log(max(SURELY, chance if sample.passed else 1 - chance))
    return total


def _doubt(scale: float) -> float:
    return math.log(scale) ** 2 / (2 * PRIOR_SPREAD**2)

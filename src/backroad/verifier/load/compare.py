"""Is the target slower under load than at rest? Answered in a way that one slow moment cannot decide."""

import math
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from backroad.verifier.load.result import PERCENTS, LoadResult
from backroad.verifier.verdict import Verdict
from backroad.verifier.wording import count, seconds

BEYOND = 10  # samples that must lie beyond a percentile before it means anything
REPEATS = 3


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One pair of measurements; latencies in seconds, infinite where too many requests got no answer."""

    baseline: dict[str, float]  # p50, p90, p99, p99.9
    loaded: dict[str, float]
    ratios: dict[str, float]
    samples: int  # of the smaller one
    late: float  # how late 99 % of the requests went out at most, through no fault of the target, in the worse one

    def usable(self, percent: float) -> bool:
        """Enough samples, a baseline that was answered, and a generator that kept its own time."""
        name = f"p{percent:g}"
        quick, slow = self.baseline[name], self.loaded[name]
        enough = self.samples * (100 - percent) / 100 >= BEYOND
        return enough and math.isfinite(quick) and self.late <= max(quick, (slow - quick) / 2)


class Slowdown(msgspec.Struct, frozen=True, kw_only=True):
    verdict: Verdict
    expected: str
    got: str
    best: Comparison | None = None  # the one with the lowest ratio


def compare(baseline: LoadResult, loaded: LoadResult) -> Comparison:
    """How many times longer each percentile became. A request without an answer counts as slower than any other."""
    names = [f"p{percent:g}" for percent in PERCENTS]
    before = dict(zip(names, map(baseline.percentile_of_all, PERCENTS), strict=True))
    after = dict(zip(names, map(loaded.percentile_of_all, PERCENTS), strict=True))
    return Comparison(
        baseline=before, loaded=after, ratios={name: ratio(after[name], before[name]) for name in names},
        samples=min(baseline.answered, loaded.planned),
        late=max(baseline.late.percentile(99), loaded.late.percentile(99)),
    )  # fmt: skip


def ratio(after: float, before: float) -> float:
    if math.isinf(before):
        return math.nan
    return after / max(before, 1e-6)


def judge_slowdown(
    comparisons: Sequence[Comparison], *, at_most: float, percent: float = 99, floor: float = 0.005,
    repeats: int = REPEATS,
) -> Slowdown:  # fmt: skip
    """Failed only if each of at least `repeats` usable comparisons exceeds the limit; passed if one of them does not.

    So the best of several decides: another program can make a good target look slow for a moment, but nothing makes a
    slow one look quick. It exceeds the limit if the percentile is more than `at_most` times that of the baseline, and
    more than `floor` seconds above it. Unclear where too few comparisons are usable.
    """
    name = f"p{percent:g}"
    expected = f"a {name} under load of at most {at_most:g} times the baseline"
    usable = [one for one in comparisons if one.usable(percent)]
    best = min(usable, key=lambda one: (exceeds(one, name, at_most, floor), one.ratios[name]), default=None)
    failed = best is not None and exceeds(best, name, at_most, floor)
    if best is None or (failed and len(usable) < repeats):
        got = f"{count(len(usable))} of {count(len(comparisons))} measurements usable"
        return Slowdown(verdict=Verdict.UNCLEAR, expected=expected, got=got, best=best)
    got = f"{exact(best.loaded[name])}, {times(best.ratios[name])} the baseline of {exact(best.baseline[name])}"
    if failed:
        got += f", as the best of {count(len(usable))} measurements"
    return Slowdown(verdict=Verdict.FAILED if failed else Verdict.PASSED, expected=expected, got=got, best=best)


def exceeds(one: Comparison, name: str, at_most: float, floor: float) -> bool:
    return one.ratios[name] > at_most and one.loaded[name] - one.baseline[name] > floor


def times(number: float) -> str:
    return f"{number:.1f} times" if math.isfinite(number) else "infinitely many times"


def exact(number: float) -> str:
    if math.isinf(number):
        return "no answer at all"
    return f"{number * 1000:.1f} ms" if number < 0.01 else seconds(number)


async def measure_slowdown(
    baseline: Callable[[], Awaitable[LoadResult]], loaded: Callable[[], Awaitable[LoadResult]], *, at_most: float,
    percent: float = 99, floor: float = 0.005, repeats: int = REPEATS, attempts: int = REPEATS + 2,
) -> Slowdown:  # fmt: skip
    """Measure both in turns until judge_slowdown() can tell, at most `attempts` times; the first good pair ends it."""
    comparisons: list[Comparison] = []
    while True:
        comparisons.append(compare(await baseline(), await loaded()))
        said = judge_slowdown(comparisons, at_most=at_most, percent=percent, floor=floor, repeats=repeats)
        if said.verdict is not Verdict.UNCLEAR or len(comparisons) >= attempts:
            return said

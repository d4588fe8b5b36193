"""A histogram of high dynamic range: latencies from 1 µs to 60 s, each kept to three significant digits.

The layout is that of Gil Tene's HdrHistogram (hdrhistogram.org): buckets that double in range, each cut into equal
parts, so that a value costs one addition and the error is below 1/1024 of it. Written here because recording is on the
path of every request: it takes a quarter of the time of the PyPI package `hdrhistogram` 0.10 (0.25 µs, not 1), which
is maintained, but has no Linux wheel for ARM and brings two build tools along as dependencies.
"""

import math
from array import array
from collections.abc import Iterator
from typing import Any

PARTS_BITS = 11  # 2048 parts are the fewest that keep three digits
HALF_BITS = PARTS_BITS - 1
PARTS = 1 << PARTS_BITS
HIGHEST = 60_000_000  # µs; anything longer is counted there, while `max` and `mean` stay exact
SIZE = ((HIGHEST.bit_length() - PARTS_BITS) << HALF_BITS) + PARTS


def index_of(value: int) -> int:
    """Where a value of 0 to HIGHEST µs is counted."""
    if value < PARTS:
        return value
    shift = value.bit_length() - PARTS_BITS
    return (shift << HALF_BITS) + (value >> shift)


def value_at(index: int) -> int:
    """The highest value in µs that is counted there."""
    if index < PARTS:
        return index
    shift = (index >> HALF_BITS) - 1
    return (((index & ((1 << HALF_BITS) - 1)) + (1 << HALF_BITS) + 1) << shift) - 1


class Histogram:
    """Values are whole microseconds; percentiles, mean and max come back in seconds."""

    __slots__ = ("counts", "highest", "sum", "total")

    def __init__(self) -> None:
        self.counts = array("I", bytes(SIZE * array("I").itemsize))
        self.total = 0
        self.sum = 0
        self.highest = 0

    def record(self, value: int) -> None:
        """Count one value in µs; a negative one counts as 0."""
        if value < 0:
            value = 0
        self.total += 1
        self.sum += value
        if value > self.highest:
            self.highest = value
        if value < PARTS:  # index_of(), without the call
            self.counts[value] += 1
            return
        if value > HIGHEST:
            value = HIGHEST
        shift = value.bit_length() - PARTS_BITS
        self.counts[(shift << HALF_BITS) + (value >> shift)] += 1

    def percentile(self, percent: float) -> float:
        """Seconds that `percent` of the values do not exceed; 0 if there are none."""
        return self.percentiles((percent,))[0]

    def percentiles(self, percents: tuple[float, ...]) -> tuple[float, ...]:
        """Several at once, in rising order of percent."""
        found: list[float] = []
        seen, walk, value = 0, self.entries(), 0
        for percent in percents:
            rank = max(1, math.ceil(round(self.total * percent / 100, 6)))
            while seen < rank and (entry := next(walk, None)) is not None:
                value, seen = entry[0], seen + entry[1]
            found.append(min(value, self.highest) / 1e6 if rank < self.total else self.highest / 1e6)
        return tuple(found)

    @property
    def mean(self) -> float:
        """Seconds."""
        return self.sum / self.total / 1e6 if self.total else 0.0

    @property
    def max(self) -> float:
        """Seconds."""
        return self.highest / 1e6

    def above(self, seconds: float) -> int:
        """How many values are longer, to the precision of a bucket."""
        limit = round(seconds * 1e6)
        return sum(count for value, count in self.entries() if value > limit)

    def merge(self, other: "Histogram") -> None:
        """Add all that the other one holds."""
        for index, count in other._filled():
            self.counts[index] += count
        self.total += other.total
        self.sum += other.sum
        self.highest = max(self.highest, other.highest)

    def entries(self) -> Iterator[tuple[int, int]]:
        """(highest value in µs, count) of each bucket that is not empty, in rising order."""
        for index, count in self._filled():
            yield value_at(index), count

    def _filled(self) -> Iterator[tuple[int, int]]:
        last = index_of(min(self.highest, HIGHEST))
        for index, count in enumerate(self.counts[: last + 1]):
            if count:
                yield index, count

    def to_json(self) -> dict[str, Any]:
        """Compact: gaps between filled buckets and their counts, in turns."""
        packed: list[int] = []
        last = 0
        for index, count in self._filled():
            packed += (index - last, count)
            last = index
        return {"unit": "us", "digits": 3, "sum": self.sum, "max": self.highest, "counts": packed}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Histogram":
        """ValueError for anything that to_json() does not write."""
        one, index = cls(), 0
        packed = document.get("counts")
        if document.get("unit") != "us" or document.get("digits") != 3 or not isinstance(packed, list):
            raise ValueError("not a histogram of microseconds with three digits")
        if len(packed) % 2 or not all(isinstance(number, int) and 0 <= number < 1 << 31 for number in packed):
            raise ValueError("the counts of the histogram are not pairs of whole numbers")
        for gap, count in zip(packed[::2], packed[1::2], strict=True):
            index += gap
            if index >= SIZE:
                raise ValueError("the histogram holds values above 60 s")
            one.counts[index] += count
            one.total += count
        one.sum, one.highest = int(document["sum"]), int(document["max"])
        if index > index_of(min(max(one.highest, 0), HIGHEST)):
            raise ValueError("the histogram holds values above its own maximum")
        return one

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]

"""Finds drills that ask the same in other words."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from backroad.drills.model import Drill, FillIn, Predict

LENGTH = 4  # words of a shingle
TOO_ALIKE = 0.5  # of the shingles of two drills are in both
COMMON = 30  # drills that share a shingle: then it says nothing
_WORD = re.compile(r"\w+")


def alike(drills: Sequence[Drill]) -> Iterator[tuple[int, int]]:
    """Places of two drills whose texts have half of their runs of four words in common (Broder, 1997)."""
    shingles = [_shingles(drill) for drill in drills]
    where: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, found in enumerate(shingles):
        for shingle in found:
            where[shingle].append(place)
    shared = Counter(pair for places in where.values() if len(places) <= COMMON for pair in combinations(places, 2))
    for (first, second), number in sorted(shared.items()):
        if number > TOO_ALIKE * len(shingles[first] | shingles[second]):
            yield first, second


def _shingles(drill: Drill) -> frozenset[tuple[str, ...]]:
    """Of the prompt and the program; a shorter text is one shingle."""
    program = drill.program if isinstance(drill, FillIn | Predict) else ""
    words = _WORD.findall(f"{drill.prompt}\n{program}".casefold())
    return frozenset(tuple(words[start : start + LENGTH]) for start in range(max(1, len(words) - LENGTH + 1)))

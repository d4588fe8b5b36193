"""How fast a learner is: own time divided by the estimates, and how far that may be off. Pure."""

import math
from collections.abc import Mapping

PRIOR = 5
"""Until more is known, the learner counts as someone who finished so many things exactly in their estimates."""
PRIOR_SPREAD = 0.3
LIMITS = (0.25, 4.0)


def pace(seconds: Mapping[str, float], estimates: Mapping[str, int]) -> tuple[float, float]:
    """(pace, spread) from finished skills and labs; estimates in minutes. Without any: (1.0, 0.13).

    The spread is the standard error of the pace, as a share of it. Things without recorded time say nothing.
    """
    shares = [
        min(max(seconds[ref] / 60 / minutes, LIMITS[0]), LIMITS[1])
        for ref, minutes in sorted(estimates.items())
        if minutes > 0 and seconds.get(ref, 0) > 0
    ]
    count = PRIOR + len(shares)
    mean = (PRIOR + sum(shares)) / count
    deviation = PRIOR * (PRIOR_SPREAD**2 + (1 - mean) ** 2) + sum((share - mean) ** 2 for share in shares)
    return round(mean, 3), round(math.sqrt(deviation / count) / math.sqrt(count) / mean, 3)

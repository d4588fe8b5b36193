"""When requests are due: an open loop, in which arrivals do not wait for answers."""

import math
import random
from collections.abc import Iterator
from typing import Literal

import msgspec

from backroad.verifier.errors import VerifierError

MAX_RATE = 100_000
EXACT = 1e-6  # of a request, or a second: sums of floats miss whole numbers by less


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """`constant`: evenly spaced. `poisson`: independent arrivals, as from many users; the seed decides which."""

    rate: float  # requests a second
    arrivals: Literal["constant", "poisson"] = "constant"
    seed: str = ""

    def times(self, seconds: float) -> Iterator[float]:
        """Seconds from the start at which requests are due, ascending, all below `seconds`."""
        if self.arrivals == "constant":
            for number in range(math.ceil(seconds * self.rate - EXACT)):
                yield number / self.rate
            return
        chance, due = random.Random(f"arrivals:{self.seed}"), 0.0
        while (due := due + chance.expovariate(self.rate)) < seconds:
            yield due


def schedule(rate: float | Schedule) -> Schedule:
    """A number means evenly spaced."""
    plan = rate if isinstance(rate, Schedule) else Schedule(rate=rate)
    if not 0 < plan.rate <= MAX_RATE:
        raise VerifierError(f"A rate of {plan.rate:g} requests a second is out of bounds.", hint=f"1 to {MAX_RATE}.")
    return plan

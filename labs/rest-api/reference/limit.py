"""How often one person may ask for something that costs much."""

import math
import time
from collections import OrderedDict, deque

TIMES, SECONDS, PEOPLE = 10, 3.0, 10_000


class Limit:
    """Kept in memory: a restart forgives everybody, which costs less than a write for each request."""

    def __init__(self) -> None:
        self._times: OrderedDict[str, deque[float]] = OrderedDict()  # person -> when they asked

    def wait(self, person: str) -> int:
        """0 if they may ask now, which counts; else the seconds until they may."""
        times = self._times.setdefault(person, deque())
        self._times.move_to_end(person)
        if len(self._times) > PEOPLE:
            self._times.popitem(last=False)
        moment = time.monotonic()
        while times and times[0] <= moment - SECONDS:
            times.popleft()
        if len(times) >= TIMES:
            return max(1, math.ceil(times[0] + SECONDS - moment))
        times.append(moment)
        return 0

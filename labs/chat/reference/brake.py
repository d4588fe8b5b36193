"""A brake on floods: a person who has sent too much has to wait."""

import math
import time
from collections import OrderedDict, deque

MESSAGES, SECONDS, PEOPLE = 100, 10.0, 10_000


class Brake:
    """Kept in memory, by each process for itself: it protects the process, and is no promise to anybody."""

    def __init__(self) -> None:
        self._times: OrderedDict[str, deque[float]] = OrderedDict()  # person -> when, the latest to send last

    def seconds_to_wait(self, person: str) -> int:
        """0 if one more message may pass, which is then counted."""
        times = self._times.setdefault(person, deque())
        self._times.move_to_end(person)
        if len(self._times) > PEOPLE:
            self._times.popitem(last=False)
        now = time.monotonic()
        while times and times[0] <= now - SECONDS:
            times.popleft()
        if len(times) >= MESSAGES:
            return max(1, math.ceil(times[0] + SECONDS - now))
        times.append(now)
        return 0

"""A brake on guessing passwords and codes, for each account, whether it exists or not."""

import math
import time
from collections import OrderedDict, deque

TRIES, ACCOUNTS = 10, 100_000


class Brake:
    """Kept in memory: a restart forgives everybody, which costs less than a write for each wrong guess."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()  # account -> times, the latest to try last

    def take(self, account: str) -> int:
        """Counts a try before it is judged, so that many at once are not all let in; 0, or seconds to wait."""
        times = self._tries.setdefault(account, deque())
        self._tries.move_to_end(account)
        if len(self._tries) > ACCOUNTS:  # bounded, or made-up accounts would fill the memory
            self._tries.popitem(last=False)
        moved_on = time.monotonic() - self._seconds
        while times and times[0] <= moved_on:
            times.popleft()
        if len(times) >= TRIES:
            return max(1, math.ceil(times[0] - moved_on))
        times.append(time.monotonic())
        return 0

    def forgive(self, account: str) -> None:
        self._tries.pop(account, None)

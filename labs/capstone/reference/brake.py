"""A brake on guessing: an address that asks for too many slugs that do not exist has to wait."""

import math
import time
from collections import OrderedDict, deque

MISSES, SECONDS, ADDRESSES = 30, 10.0, 10_000


class Brake:
    """Kept in memory: a restart forgives everybody, which costs less than a write for each miss."""

    def __init__(self) -> None:
        self._misses: OrderedDict[str, deque[float]] = OrderedDict()  # address -> times, the latest to miss last

    def wait(self, address: str) -> int:
        """Seconds until this address may ask again, 0 if it may now."""
        times = self._misses.get(address)
        moved_on = time.monotonic() - SECONDS
        while times and times[0] <= moved_on:
            times.popleft()
        return math.ceil(times[0] - moved_on) if times and len(times) >= MISSES else 0

    def miss(self, address: str) -> None:
        self._misses.setdefault(address, deque()).append(time.monotonic())
        self._misses.move_to_end(address)
        if len(self._misses) > ADDRESSES:  # bounded, or a swarm of addresses would fill the memory
            self._misses.popitem(last=False)

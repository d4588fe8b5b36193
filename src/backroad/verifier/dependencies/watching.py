"""What a proxy that knows its protocol lists, and what it was asked to make fail."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

MAX_SEEN = 10_000


class Item(Protocol):
    @property
    def text(self) -> str: ...

    @property
    def work(self) -> bool: ...


Thing = TypeVar("Thing", bound=Item)


class Seen(Generic[Thing]):
    """What passed since a mark: the first 10 000, and how many there were.

    `count` and `texts` leave out what a driver sends for itself (settings, pings, BEGIN and COMMIT), so that they do
    not depend on the driver; `everything` has it all.
    """

    def __init__(self) -> None:
        self.count = 0
        self.everything: list[Thing] = []

    def add(self, thing: Thing) -> None:
        self.count += thing.work
        if len(self.everything) < MAX_SEEN:
            self.everything.append(thing)

    @property
    def work(self) -> list[Thing]:
        return [thing for thing in self.everything if thing.work]

    @property
    def texts(self) -> list[str]:
        return [thing.text for thing in self.work]


class Plan(Generic[Thing]):
    """The n-th from now is to fail, once (`times` in a row for more). `hit` lists what did."""

    def __init__(self, nth: int, times: int, matching: str | None, *, error: str, message: str, how: str) -> None:
        if nth < 1 or times < 1:
            raise ValueError("nth and times count from 1")
        self.error = error
        self.message = message
        self.how = how  # "answer", or closing "before" or "after" it was done
        self.hit: list[Thing] = []
        self._matching = re.compile(matching, re.IGNORECASE) if matching is not None else None
        self._left = nth
        self._times = times

    @property
    def done(self) -> bool:
        return len(self.hit) >= self._times

    def meets(self, thing: Thing) -> bool:
        """Count it; True if this is one that fails."""
        wanted = self._matching.search(thing.text) is not None if self._matching is not None else thing.work
        if not wanted or self.done:
            return False
        self._left -= 1
        if self._left > 0:
            return False
        self.hit.append(thing)
        return True


class Watch(Generic[Thing]):
    """Shared by all connections of one proxy."""

    def __init__(self) -> None:
        self.total = 0
        self.plans: list[Plan[Thing]] = []
        self._seen: list[Seen[Thing]] = []

    def note(self, thing: Thing, *, can_fail: bool = True) -> Plan[Thing] | None:
        """List it; the plan that wants it to fail, if there is one."""
        self.total += 1
        for seen in self._seen:
            seen.add(thing)
        chosen: Plan[Thing] | None = None
        if can_fail:
            for plan in self.plans:
                if plan.meets(thing) and chosen is None:
                    chosen = plan
        if chosen is not None:
            self.plans = [plan for plan in self.plans if not plan.done]
        return chosen

    @contextmanager
    def counting(self) -> Iterator[Seen[Thing]]:
        seen: Seen[Thing] = Seen()
        self._seen.append(seen)
        try:
            yield seen
        finally:
            self._seen.remove(seen)

    def plan(self, plan: Plan[Thing]) -> "Planned[Thing]":
        self.plans.append(plan)
        return Planned(plan, self._cancel)

    def _cancel(self, plan: Plan[Thing]) -> None:
        self.plans = [other for other in self.plans if other is not plan]


class Planned(Generic[Thing]):
    """Handle of a plan. As `async with` it is cancelled at the end of the block, if it has not happened."""

    def __init__(self, plan: Plan[Thing], cancel: Callable[[Plan[Thing]], None]) -> None:
        self._plan = plan
        self._cancel = cancel

    @property
    def done(self) -> bool:
        return self._plan.done

    @property
    def hit(self) -> list[Thing]:
        """What was made to fail."""
        return list(self._plan.hit)

    def cancel(self) -> None:
        self._cancel(self._plan)

    async def __aenter__(self) -> "Planned[Thing]":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.cancel()

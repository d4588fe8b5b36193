"""A scenario: a small server with state, and the goals that a client is to reach there.

The values it gives out (tags, cursors, codes) come from a seed, so that none can be known beforehand. The judgement
sees the exchanges and nothing else, so that it holds for a text of requests and for a learner's own client alike.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from email.utils import format_datetime
from typing import ClassVar

from backroad.drills.http_server.clock import Clock
from backroad.drills.http_server.exchange import Exchange, Reply, Request, problem

Handler = Callable[[Request], Reply]
Resources = Mapping[str, Mapping[str, Handler]]


class Scenario:
    name: ClassVar[str]
    goals: ClassVar[Mapping[str, str]]
    """Name -> what is to be reached, as a sentence in Markdown."""

    def __init__(self, seed: str, clock: Clock) -> None:
        self.seed = seed
        self.clock = clock
        self.begin()

    def begin(self) -> None:
        """Sets the state."""

    def resources(self) -> Resources:
        """Path -> method -> handler; a path that ends in `/*` stands for any last segment."""
        raise NotImplementedError

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        """The goals that were missed -> why."""
        raise NotImplementedError

    def message(self, text: str) -> list[str]:
        """What a WebSocket answers to a message."""
        return []

    def drawn(self, name: str, length: int = 12) -> str:
        """A hexadecimal value that only the seed and the name decide."""
        return hashlib.sha256(f"{self.seed}\0{name}".encode()).hexdigest()[:length]

    def date(self) -> str:
        return format_datetime(self.clock.date(), usegmt=True)

    def answer(self, request: Request) -> Reply:
        resources = self.resources()
        handlers = resources.get(request.path) or resources.get(request.path.rpartition("/")[0] + "/*")
        if handlers is None:
            return problem(404, "There is nothing at this path.")
        if handler := handlers.get(request.method) or (request.method == "HEAD" and handlers.get("GET")):
            return handler(request)
        allowed = [*handlers, *(["HEAD"] if "GET" in handlers and "HEAD" not in handlers else []), "OPTIONS"]
        allow = ", ".join(dict.fromkeys(allowed))
        if request.method == "OPTIONS":
            return Reply(204, (("Allow", allow),))
        return problem(405, f"{request.method} is not allowed here.", Allow=allow)


def to(seen: Sequence[Exchange], method: str, path: str, *statuses: int) -> list[Exchange]:
    """The exchanges with this method and path, and with one of these statuses where any are named. A path that ends in
    `/*` stands for any last segment."""

    def fits(one: Exchange) -> bool:
        found = one.path.rpartition("/")[0] + "/*" if path.endswith("/*") else one.path
        return one.method == method and found == path and (not statuses or one.status in statuses)

    return [one for one in seen if fits(one)]


def matches(condition: str, tag: str) -> bool:
    """Whether a list of tags, or `*`, holds this one; `W/` does not count."""
    listed = [found.removeprefix("W/") for found in re.findall(r'(?:W/)?"[^"]*"', condition)]
    return condition.strip() == "*" or tag.removeprefix("W/") in listed

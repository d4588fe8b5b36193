"""Rates that are unavailable twice: first for two seconds, then until a date."""

import itertools
from collections.abc import Sequence
from datetime import timedelta
from email.utils import format_datetime
from math import ceil
from typing import ClassVar

from backroad.drills.http_server.exchange import Exchange, Reply, Request, as_json, problem
from backroad.drills.http_server.scenario import Resources, Scenario, to


class RetryAfter(Scenario):
    """Who comes before the time gets 429 in place of 503, which is how the judgement knows."""

    name: ClassVar[str] = "retry-after"
    goals: ClassVar[dict[str, str]] = {
        "answered": "`GET /rates` gets `200` in the end.",
        "waited": "No request comes before the time that the answer before it named.",
    }

    def begin(self) -> None:
        self.refused = 0
        self.ready = 0.0

    def resources(self) -> Resources:
        return {"/rates": {"GET": self.rates}}

    def rates(self, request: Request) -> Reply:
        left = self.ready - self.clock.now()
        if left > 0.01:
            return problem(429, "You are too early.", Retry_After=str(ceil(left)))
        self.refused += 1
        if self.refused == 1:
            self.ready = self.clock.now() + 2
            return problem(503, "The rates are being renewed.", Retry_After="2")
        if self.refused == 2:
            now = self.clock.date()
            until = (now + timedelta(seconds=2)).replace(microsecond=0)
            self.ready = self.clock.now() + (until - now).total_seconds()
            return problem(503, "The rates are being renewed.", Retry_After=format_datetime(until, usegmt=True))
        return as_json(200, {"EUR": "1.00", "USD": "1.08"})

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        missed = {}
        if not to(seen, "GET", "/rates", 200):
            missed["answered"] = "No `GET /rates` got `200`."
        if to(seen, "GET", "/rates", 429):
            missed["waited"] = "A request came too early, and got `429`."
        return missed


class Quota(Scenario):
    """Three requests in two seconds, and headers that say how many are left."""

    name: ClassVar[str] = "quota"
    goals: ClassVar[dict[str, str]] = {
        "all": "All five items are read: `200` for each of `/items/1` to `/items/5`.",
        "unrefused": "No request is refused with `429`.",
        "brisk": "Nobody waits while requests are left.",
    }

    def begin(self) -> None:
        self.window = 0.0
        self.used = 0

    def resources(self) -> Resources:
        return {"/items/*": {"GET": self.item}}

    def item(self, request: Request) -> Reply:
        now = self.clock.now()
        if not self.used or now >= self.window + 2:
            self.window, self.used = now, 0
        reset = str(ceil(self.window + 2 - now))
        if self.used >= 3:
            return problem(429, "Your three requests are spent.", Retry_After=reset)
        if request.last not in "12345":
            return problem(404, "There are five items.")
        self.used += 1
        item = {"id": int(request.last or 0), "stock": int(self.drawn(request.last, 2), 16)}
        return as_json(200, item, X_RateLimit_Remaining=str(3 - self.used), X_RateLimit_Reset=reset)

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        missed = {}
        got = {one.path for one in to(seen, "GET", "/items/*", 200)}
        if lacking := [n for n in range(1, 6) if f"/items/{n}" not in got]:
            missed["all"] = f"`/items/{lacking[0]}` was not read."
        if to(seen, "GET", "/items/*", 429):
            missed["unrefused"] = "A request was sent when none was left."
        waits = [later.at - earlier.at for earlier, later in itertools.pairwise(seen)]
        left = [one.reply.header("X-RateLimit-Remaining") for one in seen[:-1]]
        if any(number not in ("", "0") and wait > 0.5 for number, wait in zip(left, waits, strict=True)):
            missed["brisk"] = "The client waited although the answer before said that requests were left."
        return missed

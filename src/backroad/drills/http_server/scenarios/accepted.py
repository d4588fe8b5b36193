"""An export that takes two and a half seconds: 202, then 303, then the file."""

from collections.abc import Sequence
from typing import ClassVar

from backroad.drills.http_server.exchange import Exchange, Reply, Request, as_json, plain, problem
from backroad.drills.http_server.scenario import Resources, Scenario, to


class Accepted(Scenario):
    name: ClassVar[str] = "accepted"
    goals: ClassVar[dict[str, str]] = {
        "started": "One export is started, and no second one.",
        "patient": "Every look at it waits as long as the answer before said.",
        "fetched": "The finished file is fetched: `200`.",
    }

    def begin(self) -> None:
        self.started: dict[str, float] = {}

    def resources(self) -> Resources:
        return {"/exports": {"POST": self.start}, "/exports/*": {"GET": self.look}, "/files/*": {"GET": self.file}}

    def start(self, request: Request) -> Reply:
        name = self.drawn(f"export {len(self.started)}", 8)
        self.started[name] = self.clock.now()
        return as_json(202, {"state": "queued"}, Location=f"/exports/{name}", Retry_After="1")

    def look(self, request: Request) -> Reply:
        if request.last not in self.started:
            return problem(404, "There is no such export.")
        if self.clock.now() < self.started[request.last] + 2.5:
            return as_json(200, {"state": "running"}, Retry_After="2")
        return plain(303, Location=f"/files/{request.last}.csv")

    def file(self, request: Request) -> Reply:
        name = request.last.removesuffix(".csv")
        if name not in self.started or self.clock.now() < self.started[name] + 2.5:
            return problem(404, "There is no such file.")
        return plain(200, "order;total\n7;19.90\n", Content_Type="text/csv")

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        missed = {}
        started = to(seen, "POST", "/exports", 202)
        if len(started) != 1:
            missed["started"] = f"{len(started)} exports were started." if started else "No export was started."
        waiting = 0.0
        looks = to(seen, "GET", "/exports/*")
        for one in seen:
            if one in looks and one.at < waiting - 0.01:
                missed["patient"] = "A look came sooner than `Retry-After` had asked for."
            if after := one.reply.header("Retry-After"):
                waiting = one.at + int(after)
        if not looks:
            missed["patient"] = "Nobody looked."
        if not to(seen, "GET", "/files/*", 200):
            missed["fetched"] = "The file was not fetched."
        return missed

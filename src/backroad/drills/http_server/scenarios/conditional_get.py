"""A report that changes once, after it was asked for twice."""

from collections.abc import Sequence
from typing import ClassVar

from backroad.drills.http_server.exchange import Exchange, Reply, Request, plain, problem
from backroad.drills.http_server.scenario import Resources, Scenario, matches, to


class ConditionalGet(Scenario):
    name: ClassVar[str] = "conditional-get"
    goals: ClassVar[dict[str, str]] = {
        "fetched": "The report is fetched: `GET /report` gets `200`.",
        "unchanged": "It is asked for again with its tag, and nothing is transferred: `304`.",
        "renewed": "After it has changed, a request that carries the old tag gets the new report: `200`.",
    }

    def begin(self) -> None:
        self.asked = 0

    def resources(self) -> Resources:
        return {"/report": {"GET": self.report}}

    def report(self, request: Request) -> Reply:
        self.asked += 1
        version = "first" if self.asked <= 2 else "second"
        tag = f'"{self.drawn(version, 8)}"'
        if (wanted := request.header("If-Match")) and not matches(wanted, tag):
            return problem(412, "The report has another tag.", ETag=tag)
        if matches(request.header("If-None-Match"), tag):
            return Reply(304, (("ETag", tag), ("Cache-Control", "no-cache")))
        rows = [f"week {week};{self.drawn(f'{version}{week}', 6)}" for week in range(1, 40)]
        return plain(200, "\n".join(rows), Content_Type="text/csv", ETag=tag, Cache_Control="no-cache")

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        missed = {}
        full = to(seen, "GET", "/report", 200)
        if not full:
            return {**dict.fromkeys(cls.goals, "The report was not fetched before."), "fetched": "Nothing got `200`."}
        if not to(seen, "GET", "/report", 304):
            missed["unchanged"] = "No request got `304`."
        old = full[0].reply.header("ETag")
        new = [one for one in full if one.reply.header("ETag") != old]
        if not new:
            missed["renewed"] = "The report was not fetched after it had changed."
        elif not any(matches(one.request.header("If-None-Match"), old) for one in new):
            missed["renewed"] = "The new report came to a request that did not carry the old tag."
        return missed

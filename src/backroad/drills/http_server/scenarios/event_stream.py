"""A stream of server-sent events that breaks off after every third."""

import json
from collections.abc import Sequence
from typing import ClassVar

from backroad.drills.http_server.exchange import Exchange, Reply, Request, plain, problem
from backroad.drills.http_server.scenario import Resources, Scenario, to

EVENTS = 6
AT_ONCE = 3


class EventStream(Scenario):
    name: ClassVar[str] = "event-stream"
    goals: ClassVar[dict[str, str]] = {
        "asked": "Every request says that it accepts `text/event-stream`.",
        "resumed": "The stream goes on where it broke off: all six events arrive, none of them twice.",
        "patient": "The client comes back no sooner than the stream's `retry` says.",
    }

    def resources(self) -> Resources:
        return {"/feed": {"GET": self.feed}}

    def feed(self, request: Request) -> Reply:
        if "text/event-stream" not in request.header("Accept"):
            return problem(406, "This is a stream of events.")
        ids = [self.drawn(f"event {number}", 8) for number in range(EVENTS)]
        last = request.header("Last-Event-ID")
        start = ids.index(last) + 1 if last in ids else 0
        if start == EVENTS:
            return Reply(204)
        events = [
            f"id: {ids[number]}\nevent: stock\ndata: {json.dumps({'item': number + 1})}\n\n"
            for number in range(start, min(start + AT_ONCE, EVENTS))
        ]
        return plain(200, "retry: 1000\n\n" + "".join(events), Content_Type="text/event-stream")

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        missed = {}
        streams = to(seen, "GET", "/feed", 200)
        if not streams or to(seen, "GET", "/feed", 406):
            missed["asked"] = "A request did not accept `text/event-stream`."
        items = [line for one in streams for line in one.reply.body.decode().split("\n") if line.startswith("data:")]
        if len(set(items)) < len(items):
            missed["resumed"] = "An event arrived twice."
        elif len(items) < EVENTS:
            missed["resumed"] = f"{len(items)} of {EVENTS} events arrived."
        if any(later.at < earlier.at + 0.99 for earlier, later in zip(streams, seen[1:], strict=False)):
            missed["patient"] = "A request came sooner than 1,000 ms after the stream had broken off."
        return missed

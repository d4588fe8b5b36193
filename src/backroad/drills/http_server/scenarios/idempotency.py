"""Payments, of which the first is made while its answer is lost."""

import json
from collections.abc import Sequence
from typing import ClassVar

from backroad.drills.http_server.exchange import Exchange, Reply, Request, as_json, problem
from backroad.drills.http_server.scenario import Resources, Scenario, to


class Idempotency(Scenario):
    name: ClassVar[str] = "idempotency"
    goals: ClassVar[dict[str, str]] = {
        "answered": "The payment of order 7 is answered with `201`.",
        "once": "Order 7 is paid once.",
        "second": "Order 8 is paid too: `201`.",
    }

    def begin(self) -> None:
        self.kept: dict[str, tuple[str, Reply]] = {}

    def resources(self) -> Resources:
        return {"/payments": {"POST": self.pay}}

    def pay(self, request: Request) -> Reply:
        key, order = request.header("Idempotency-Key"), request.object
        if not key:
            return problem(400, "Send an Idempotency-Key.")
        if order.keys() != {"order", "amount"} or order["order"] not in (7, 8):
            return problem(422, 'Send {"order": 7, "amount": "19.90"}.')
        asked = json.dumps(order, sort_keys=True)
        if key in self.kept:
            before, answer = self.kept[key]
            if before != asked:
                return problem(422, "This key was used for another payment.")
            return Reply(answer.status, (*answer.headers, ("Idempotent-Replayed", "true")), answer.body)
        number = len(self.kept) + 1
        answer = as_json(201, {"payment": self.drawn(f"payment {number}", 8), **order})
        self.kept[key] = asked, answer
        return Reply(201, lost=True) if number == 1 else answer

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        missed = {}
        made = to(seen, "POST", "/payments", 0, 201)
        seven = [one for one in made if one.request.object.get("order") == 7]
        if not any(one.status == 201 for one in seven):
            refused = to(seen, "POST", "/payments", 422)
            missed["answered"] = (
                "The key came again with other data, and was refused." if refused
                else "Nobody knows whether order 7 is paid." if seven else "It was not paid."
            )  # fmt: skip
        if len({one.request.header("Idempotency-Key") for one in seven}) > 1:
            missed["once"] = "It was paid once for each key."
        if not any(one.status == 201 and one.request.object.get("order") == 8 for one in made):
            missed["second"] = "No payment of order 8 was accepted."
        return missed

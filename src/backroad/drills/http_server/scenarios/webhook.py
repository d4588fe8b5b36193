"""A receiver of signed messages that also asks when they were signed."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import ClassVar

from backroad.drills.http_server.exchange import Exchange, Reply, Request, as_json, plain, problem
from backroad.drills.http_server.scenario import Resources, Scenario, to

SECRET = b"whsec_7f3a"
TOLERANCE = 2


class Webhook(Scenario):
    name: ClassVar[str] = "webhook"
    goals: ClassVar[dict[str, str]] = {
        "taken": "A message is taken: `POST /hooks` gets `204`.",
        "stale": "The same message, sent again 3 s later, is refused as too old: `400`.",
        "forged": "A message with the signature of another is refused: `401`.",
    }

    def resources(self) -> Resources:
        return {"/time": {"GET": self.time}, "/hooks": {"POST": self.hook}}

    def time(self, request: Request) -> Reply:
        return as_json(200, {"now": int(self.clock.date().timestamp())})

    def hook(self, request: Request) -> Reply:
        stamp, given = request.header("Webhook-Timestamp"), request.header("Webhook-Signature")
        if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 12):
            return problem(400, "Webhook-Timestamp is not in whole seconds.")
        right = hmac.new(SECRET, stamp.encode() + b"." + request.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right, given.encode("ascii", "replace").decode().lower()):
            return problem(401, "The signature is not that of this message.")
        if abs(self.clock.date().timestamp() - int(stamp)) > TOLERANCE + 0.99:
            return problem(400, "The message is too old.")
        return plain(204)

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        missed = {}
        taken = {(one.request.header("Webhook-Signature"), one.request.body) for one in to(seen, "POST", "/hooks", 204)}
        if not taken:
            missed["taken"] = "No message was taken."
        late = [(one.request.header("Webhook-Signature"), one.request.body) for one in to(seen, "POST", "/hooks", 400)]
        if not taken.intersection(late):
            missed["stale"] = "No message that had been taken was refused later."
        signatures = {signature for signature, _ in taken}
        forged = to(seen, "POST", "/hooks", 401)
        if not any(one.request.header("Webhook-Signature") in signatures for one in forged):
            missed["forged"] = "No other text was sent with the signature of a message that had been taken."
        return missed

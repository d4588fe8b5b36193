"""A payment service.

    POST /v1/charges                 {"amount": 1250, "currency": "EUR", "source": "tok_ok", "reference": "order-7"}
    GET  /v1/charges/{id}            one charge
    GET  /v1/charges?reference=...   {"data": [...]}, to find out what became of a lost answer
    POST /v1/charges/{id}/refunds    {"amount": 500}; without an amount all that is left
    with Authorization: Bearer <key>; POST with Idempotency-Key

`amount` is a whole number of the smallest unit. Sources: tok_ok (201, "succeeded"), tok_declined (402),
tok_pending (201, "pending"; settle() decides, and a webhook tells).
With one Idempotency-Key: the same request gets the same answer, with Idempotent-Replayed: true; another request 422;
the same while the first is still at work 409.

Webhooks are POSTed to `webhook_url`: {"id", "type", "created", "data": {...}}, type "charge.succeeded",
"charge.failed" or "charge.refunded", with the header
    Payment-Signature: t=<seconds since 1970>,v1=<hex of HMAC-SHA256(secret, "<t>.<body>")>
"""

import asyncio
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Any, TypeGuard

import msgspec

from backroad.verifier.standins.call import Call, Reply, reply_json
from backroad.verifier.standins.standin import Standin
from backroad.verifier.standins.webhooks import Event, Webhooks

MAX_KEYS = 10_000
CURRENCY = re.compile("[A-Z]{3}")


class Charge(msgspec.Struct):
    id: str
    amount: int
    currency: str
    status: str  # succeeded, pending, failed
    reference: str
    refunded: int = 0


class Payments(Standin):
    name = "payments"

    def __init__(self, *, seed: str = "", webhook_url: str = "") -> None:
        super().__init__(seed=seed)
        self.key = f"pk_{secrets.token_hex(16)}"
        self.webhooks = Webhooks(webhook_url, f"whsec_{secrets.token_hex(16)}")
        self.charges: dict[str, Charge] = {}
        self.work_seconds = 0.0  # how long a charge is at work before it is made
        self._answers: dict[str, tuple[str, Reply | None]] = {}  # key -> hash of the request, answer once there is one
        self._number = 0

    async def close(self) -> None:
        await self.webhooks.close()
        await super().close()

    def environment(self) -> Mapping[str, str]:
        return {
            "PAYMENTS_URL": self.url,
            "PAYMENTS_KEY": self.key,
            "PAYMENTS_WEBHOOK_SECRET": self.webhooks.secret,
        }

    def restore(self) -> None:
        self.work_seconds = 0.0
        self.webhooks.restore()
        super().restore()

    def of(self, reference: str) -> list[Charge]:
        """Charges made for a reference, declined ones left out: more than one is a double payment."""
        return [charge for charge in self.charges.values() if charge.reference == reference]

    async def settle(self, charge: Charge, *, succeed: bool = True) -> Event:
        """Decide on a pending charge, and send the webhook."""
        charge.status = "succeeded" if succeed else "failed"
        return await self.webhooks.send(f"charge.{charge.status}", msgspec.to_builtins(charge))

    async def answer(self, call: Call) -> Reply:
        if not hmac.compare_digest(call.headers.get("authorization", "").encode(), f"Bearer {self.key}".encode()):
            return _error(401, "unauthorized", "the key is missing or wrong")
        if call.method == "POST":
            return await self._once(call)
        if call.method != "GET":
            return _error(405, "method_not_allowed", "only GET and POST")
        if call.path == "/v1/charges":
            found = self.of(call.query["reference"]) if "reference" in call.query else list(self.charges.values())
            return reply_json({"data": found[-100:]})
        charge = self.charges.get(call.path.removeprefix("/v1/charges/"))
        return reply_json(charge) if charge is not None else _error(404, "not_found", "there is no such charge")

    async def _once(self, call: Call) -> Reply:
        """The same key, the same answer."""
        key = call.headers.get("idempotency-key", "")
        if not key:
            return await self._post(call)
        request = hashlib.sha256(f"{call.path}\n".encode() + _canonical(call)).hexdigest()
        if key in self._answers:
            before, reply = self._answers[key]
            if before != request:
                return _error(422, "idempotency_key_reused", "this key came with another request before")
            if reply is None:
                return _error(409, "idempotency_key_in_use", "the first request with this key is still at work")
            return msgspec.structs.replace(reply, headers=(*reply.headers, ("Idempotent-Replayed", "true")))
        if len(self._answers) >= MAX_KEYS:
            del self._answers[next(iter(self._answers))]
        self._answers[key] = request, None
        reply = await self._post(call)
        if reply.status in (400, 404):
            del self._answers[key]  # nothing was done: the request may be mended
        else:
            self._answers[key] = request, reply
        return reply

    async def _post(self, call: Call) -> Reply:
        try:
            asked = call.json() if call.body else {}
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            return _error(400, "invalid_json", "the body is not a JSON object")
        if call.path == "/v1/charges":
            return await self._charge(asked)
        found = re.fullmatch("/v1/charges/([^/]+)/refunds", call.path)
        if found is None:
            return _error(404, "not_found", f"there is no {call.path}")
        return self._refund(found[1], asked)

    async def _charge(self, asked: dict[str, Any]) -> Reply:
        amount, currency, source = asked.get("amount"), asked.get("currency"), asked.get("source")
        if not _is_amount(amount) or not CURRENCY.fullmatch(str(currency)):
            return _error(400, "invalid_charge", "amount is a whole number above 0, currency three capital letters")
        if source not in ("tok_ok", "tok_pending", "tok_declined"):
            return _error(400, "invalid_source", "source is tok_ok, tok_pending or tok_declined")
        if self.work_seconds:
            await asyncio.sleep(self.work_seconds)
        if source == "tok_declined":
            return _error(402, "card_declined", "the card was declined")
        self._number += 1
        number = hashlib.sha256(f"{self.seed}:charge:{self._number}".encode()).hexdigest()[:16]
        status = "succeeded" if source == "tok_ok" else "pending"
        charge = Charge(f"ch_{number}", amount, str(currency), status, str(asked.get("reference") or ""))
        self.charges[charge.id] = charge
        if status == "succeeded":
            self.webhooks.send_later("charge.succeeded", msgspec.to_builtins(charge))
        return reply_json(charge, 201)

    def _refund(self, number: str, asked: dict[str, Any]) -> Reply:
        charge = self.charges.get(number)
        if charge is None:
            return _error(404, "not_found", "there is no such charge")
        left = charge.amount - charge.refunded
        amount = asked.get("amount", left)
        if not _is_amount(amount) and left:
            return _error(400, "invalid_refund", "amount is a whole number above 0")
        if charge.status != "succeeded" or amount > left or not left:
            return _error(422, "not_refundable", f"{left} of this charge can be refunded")
        charge.refunded += amount
        self.webhooks.send_later("charge.refunded", msgspec.to_builtins(charge))
        return reply_json({"charge": charge.id, "amount": amount, "refunded": charge.refunded}, 201)


def _is_amount(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 10**12


def _canonical(call: Call) -> bytes:
    """The body without what does not matter in JSON."""
    try:
        return msgspec.json.encode(msgspec.json.decode(call.body), order="sorted")
    except (msgspec.DecodeError, ValueError):
        return call.body


def _error(status: int, code: str, message: str) -> Reply:
    return reply_json({"error": {"code": code, "message": message}}, status)

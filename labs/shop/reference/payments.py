"""The payment provider: calls that may fail in every way, and webhooks that may be forged."""

import asyncio
import hashlib
import hmac
import logging
import re
import time
from typing import Any

import httpx2
import msgspec
from money import CURRENCY

log = logging.getLogger(__name__)
PATIENCE = 3.0  # seconds for a call; whoever buys waits as long
TOLERANCE = 300  # seconds between the signature of a webhook and now
SIGNATURE = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


class Done(msgspec.Struct, frozen=True):
    """`status` of the charge: succeeded or pending."""

    charge: str
    status: str


class Refused(msgspec.Struct, frozen=True):
    """It will not happen, with this request."""


class Unclear(msgspec.Struct, frozen=True):
    """It may have happened. Only the same request with the same key finds out."""


Outcome = Done | Refused | Unclear


class Charge(msgspec.Struct, frozen=True):
    """What the provider says of a charge; its amounts in cents."""

    id: str
    status: str
    reference: str
    amount: int
    refunded: int = 0


class Event(msgspec.Struct, frozen=True):
    id: str
    type: str
    data: Charge


class Provider:
    def __init__(self, url: str, key: str) -> None:
        limits = httpx2.Limits(max_connections=100)
        headers = {"Authorization": f"Bearer {key}"}
        self._client = httpx2.AsyncClient(base_url=url, headers=headers, timeout=PATIENCE, limits=limits)

    async def close(self) -> None:
        await self._client.aclose()

    async def charge(self, order: str, amount: int, source: str) -> Outcome:
        body = {"amount": amount, "currency": CURRENCY, "source": source, "reference": order}
        answer = await self._post("/v1/charges", f"charge-{order}", body)
        if answer is None:
            return Unclear()
        if answer.status_code == 402:
            return Refused()
        try:
            charge = msgspec.json.decode(answer.content, type=Charge)
        except msgspec.MsgspecError:
            return Unclear()
        known = answer.status_code == 201 and charge.status in ("succeeded", "pending")
        return Done(charge.id, charge.status) if known else Unclear()

    async def refund(self, refund: str, charge: str, amount: int) -> Outcome:
        answer = await self._post(f"/v1/charges/{charge}/refunds", f"refund-{refund}", {"amount": amount})
        if answer is None:
            return Unclear()
        if answer.status_code == 422:
            return Refused()
        return Done(charge, "succeeded") if answer.status_code == 201 else Unclear()

    async def _post(self, path: str, key: str, body: dict[str, Any]) -> httpx2.Response | None:
        """None if no whole answer came in time. The key makes it safe to ask again."""
        try:
            async with asyncio.timeout(PATIENCE):  # for all of it: the client's own timeout starts anew with each byte
                return await self._client.post(path, json=body, headers={"Idempotency-Key": key})
        except (httpx2.HTTPError, TimeoutError) as error:
            log.warning("payment provider: %s", type(error).__name__)
            return None


def genuine(body: bytes, signature: str, secret: str) -> bool:
    """Signed with our secret, a moment ago. Over the bytes as they came: parsed and written again they may differ."""
    found = SIGNATURE.fullmatch(signature)
    if not secret or found is None or abs(time.time() - int(found[1])) > TOLERANCE:
        return False
    wanted = hmac.new(secret.encode(), found[1].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, found[2])

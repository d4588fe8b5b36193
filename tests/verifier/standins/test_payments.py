import asyncio
import hashlib
import hmac
import json
from typing import Any

import pytest

from backroad.verifier.answer import Answer, LostAnswer, NoAnswer
from backroad.verifier.errors import VerifierError
from backroad.verifier.standins.payments import Payments
from backroad.verifier.standins.webhooks import Webhooks
from tests.verifier.dependencies.servers import run, serving
from tests.verifier.servers import bench_for

CHARGE = {"amount": 1250, "currency": "EUR", "source": "tok_ok", "reference": "order-7"}


async def post(payments: Payments, path: str, body: Any, *, key: str = "") -> Answer:
    headers = {"Authorization": f"Bearer {payments.key}", **({"Idempotency-Key": key} if key else {})}
    return await bench_for(payments.url).client().post(path, json=body, headers=headers)


async def get(payments: Payments, path: str) -> Answer:
    return await bench_for(payments.url).client(headers={"Authorization": f"Bearer {payments.key}"}).get(path)


def test_charges_and_refunds():
    async def work() -> None:
        async with Payments(seed="A") as payments:
            made = await post(payments, "/v1/charges", CHARGE)
            charge = made.json()
            assert (made.status, charge["status"], charge["refunded"]) == (201, "succeeded", 0)
            assert (await get(payments, f"/v1/charges/{charge['id']}")).json() == charge
            assert (await get(payments, "/v1/charges?reference=order-7")).json() == {"data": [charge]}
            refunds = f"/v1/charges/{charge['id']}/refunds"
            assert (await post(payments, refunds, {"amount": 1000})).json()["refunded"] == 1000
            assert (await post(payments, refunds, {"amount": 251})).status == 422
            assert (await post(payments, refunds, {})).json()["refunded"] == 1250
            assert (await post(payments, refunds, {})).status == 422

    run(work())


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"source": "tok_declined"}, 402), ({"amount": 0}, 400), ({"amount": 1.5}, 400), ({"amount": True}, 400),
        ({"currency": "eur"}, 400), ({"source": "tok_other"}, 400),
    ],
    ids=str,
)  # fmt: skip
def test_charges_that_are_refused(change: dict[str, Any], status: int):
    async def work() -> None:
        async with Payments(seed="A") as payments:
            assert (await post(payments, "/v1/charges", {**CHARGE, **change})).status == status
            assert payments.charges == {}
            assert (await bench_for(payments.url).client().post("/v1/charges", json=CHARGE)).status == 401
            assert (await get(payments, "/v1/charges/none")).status == 404
            assert (await post(payments, "/v1/charges/none/refunds", {})).status == 404

    run(work())


def test_one_idempotency_key_one_charge():
    async def work() -> None:
        async with Payments(seed="A") as payments:
            first = await post(payments, "/v1/charges", CHARGE, key="k1")
            again = await post(payments, "/v1/charges", dict(reversed(CHARGE.items())), key="k1")
            assert (again.status, again.body) == (201, first.body)
            assert again.headers.get("idempotent-replayed") == "true"
            other = await post(payments, "/v1/charges", {**CHARGE, "amount": 1}, key="k1")
            assert (other.status, other.json()["error"]["code"]) == (422, "idempotency_key_reused")
            assert (await post(payments, "/v1/charges", {**CHARGE, "amount": 0}, key="k2")).status == 400
            assert (await post(payments, "/v1/charges", CHARGE, key="k2")).status == 201
            assert len(payments.of("order-7")) == 2

    run(work())


def test_a_key_that_is_still_at_work_is_a_conflict():
    async def work() -> None:
        async with Payments(seed="A") as payments:
            payments.work_seconds = 0.05
            bench = bench_for(payments.url)
            headers = {"Authorization": f"Bearer {payments.key}", "Idempotency-Key": "k"}
            answers = await bench.at_once(3, bench.request("POST", "/v1/charges", json=CHARGE, headers=headers))
            statuses = sorted(answer.status for answer in answers if not isinstance(answer, NoAnswer))
            assert statuses == [201, 409, 409]
            assert len(payments.of("order-7")) == 1

    run(work())


def test_a_lost_answer_has_made_a_charge():
    async def work() -> None:
        async with Payments(seed="A") as payments:
            payments.wrong("lost", times=1)
            with pytest.raises(LostAnswer):
                await post(payments, "/v1/charges", CHARGE, key="k")
            assert len(payments.of("order-7")) == 1
            assert (await post(payments, "/v1/charges", CHARGE, key="k")).status == 201
            assert len(payments.of("order-7")) == 1

    run(work())


class Receiver:
    """What a target would do with webhooks: keeps bodies and whether the signature is right."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bool]] = []
        self.secret = ""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        body = await reader.readexactly(int(headers["content-length"]))
        parts = dict(part.split("=") for part in headers.get("payment-signature", "").split(",") if part)
        signed = f"{parts.get('t')}.".encode() + body
        right = hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest() == parts.get("v1")
        self.got.append((json.loads(body)["type"], right))
        status = b"204 No Content" if right else b"400 Bad Request\r\nContent-Length: 0"
        writer.write(b"HTTP/1.1 " + status + b"\r\n\r\n")


def test_webhooks_are_signed_and_sent_by_themselves():
    async def work() -> None:
        receiver = Receiver()
        async with serving(receiver) as address, Payments(seed="A") as payments:
            receiver.secret = payments.webhooks.secret
            payments.webhooks.url = f"http://127.0.0.1:{address[1]}/hooks/payments"
            charge = (await post(payments, "/v1/charges", CHARGE)).json()
            assert receiver.got == []  # the answer comes first
            assert await payments.webhooks.settled(within=2)
            payments.webhooks.copies = 2
            await post(payments, f"/v1/charges/{charge['id']}/refunds", {})
            assert await payments.webhooks.settled(within=2)
            assert receiver.got == [("charge.succeeded", True), ("charge.refunded", True), ("charge.refunded", True)]
            assert [delivery.status for delivery in payments.webhooks.events[1].deliveries] == [204, 204]

    run(work())


def test_webhooks_held_back_and_sent_in_reverse():
    async def work() -> None:
        receiver = Receiver()
        async with serving(receiver) as address, Payments(seed="A") as payments:
            receiver.secret = payments.webhooks.secret
            payments.webhooks.url = f"http://127.0.0.1:{address[1]}/"
            payments.webhooks.held = True
            charge = (await post(payments, "/v1/charges", CHARGE)).json()
            await post(payments, f"/v1/charges/{charge['id']}/refunds", {})
            await payments.webhooks.flush(reverse=True)
            assert [name for name, _ in receiver.got] == ["charge.refunded", "charge.succeeded"]
            pending = (await post(payments, "/v1/charges", {**CHARGE, "source": "tok_pending"})).json()
            assert pending["status"] == "pending"
            event = await payments.settle(payments.charges[pending["id"]], succeed=False)
            assert (event.type, event.deliveries[0].status) == ("charge.failed", 204)

    run(work())


def test_forged_webhooks_do_not_fit_and_replayed_ones_do():
    async def work() -> None:
        receiver = Receiver()
        async with serving(receiver) as address:
            receiver.secret = "whsec"
            webhooks = Webhooks(f"http://127.0.0.1:{address[1]}/", "whsec")
            event = await webhooks.send("charge.succeeded", {"amount": 5})
            assert (await webhooks.replay(event, age=3600)).status == 204
            for how in ("secret", "unsigned", "altered"):
                assert (await webhooks.forge(event, how=how)).status == 400
            assert [right for _, right in receiver.got] == [True, True, False, False, False]
        lost = await webhooks.deliver(event)
        assert (lost.status, lost.reason) == (None, "refused the connection")
        with pytest.raises(VerifierError, match="cannot go to"):
            webhooks.url = "http://example.test/"

    run(work())

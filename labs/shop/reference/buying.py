"""What buyers do: carts, orders, and what becomes of them."""

import logging
from typing import Any

import carts
import door
import events
import money
import msgspec
import orders
import payments
import refunds
import rules
from asgi import Answer, Problem, Request, Routes, parsed
from database import Database
from orders import Order
from outbox import Outbox
from refusals import AtWork

log = logging.getLogger(__name__)


class Buying:
    def __init__(self, database: Database, outbox: Outbox, webhook_secret: str) -> None:
        self.database = database
        self.outbox = outbox
        self.webhook_secret = webhook_secret

    def routes(self) -> Routes:
        return [
            ("/carts", {"POST": self.open_cart}),
            ("/cart", {"GET": self.show_cart}),
            ("/cart/lines/{handle}", {"PUT": self.put, "DELETE": self.take_out}),
            ("/cart/merges", {"POST": self.merge}),
            ("/orders", {"GET": self.bought, "POST": self.place}),
            ("/sales", {"GET": self.sold}),
            ("/orders/{number}", {"GET": self.show}),
            ("/orders/{number}/steps", {"POST": self.step}),
            ("/orders/{number}/refunds", {"POST": self.refund}),
            ("/webhooks/payments", {"POST": self.told}),
        ]

    async def open_cart(self, request: Request) -> Answer:
        token = await self.database.run(carts.open_guest)
        return Answer(201, {"token": token}, {"Cache-Control": "no-store"})

    async def show_cart(self, request: Request) -> Answer:
        return await self.cart(await door.cart(self.database, request))

    async def put(self, request: Request, handle: str) -> Answer:
        cart = await door.cart(self.database, request)
        asked = rules.judge(await request.json(door.BODY), {"quantity": rules.quantity}, required=["quantity"])
        await self.database.run(carts.put, cart, handle, asked["quantity"])
        return await self.cart(cart)

    async def take_out(self, request: Request, handle: str) -> Answer:
        cart = await door.cart(self.database, request)
        await self.database.run(carts.take_out, cart, handle)
        return Answer(204)

    async def merge(self, request: Request) -> Answer:
        account = await door.account(self.database, request)
        asked = rules.judge(await request.json(door.BODY), {"token": rules.text(1, 200)}, required=["token"])
        return await self.cart(await self.database.run(carts.merge, account, asked["token"]))

    async def cart(self, cart: int) -> Answer:
        lines = await self.database.run(carts.lines, cart)
        return Answer(200, {"lines": lines, **sums(lines)}, {"Cache-Control": "no-store"})

    async def place(self, request: Request) -> Answer:
        buyer = await door.account(self.database, request)
        key = rules.idempotency_key(request.headers.get("idempotency-key"))
        judges: dict[str, rules.Judge] = {"source": rules.source, "total": rules.amount}
        asked = rules.judge(await request.json(door.BODY), judges, required=list(judges))
        placed = await self.database.run(orders.place, buyer, key, asked["source"], asked["total"])
        if placed.answer is not None:
            return repeated(placed.order, *placed.answer)
        order = placed.order
        if placed.new:
            order = await self.outbox.charge(order.id, refill=True)
        elif placed.at_work:
            raise AtWork(key)
        answer = answer_to(order)
        await self.database.run(orders.remember, order.id, answer.status, answer.body)
        return answer

    async def bought(self, request: Request) -> Answer:
        return await self.page(request, "buyer")

    async def sold(self, request: Request) -> Answer:
        return await self.page(request, "seller")

    async def page(self, request: Request, side: str) -> Answer:
        viewer = await door.account(self.database, request)
        judges: dict[str, rules.Judge] = {"limit": rules.limit, "cursor": rules.cursor(1)}
        asked = rules.judge({name: request.query[name] for name in judges if name in request.query}, judges)
        limit, (before,) = asked.get("limit", 20), asked.get("cursor", (rules.MOST,))
        found = await self.database.run(orders.page, viewer, side, limit + 1, before)
        cursor = rules.write_cursor(found[limit - 1].number) if len(found) > limit else None
        return Answer(200, {"items": [show(order) for order in found[:limit]], "next_cursor": cursor})

    async def show(self, request: Request, number: str) -> Answer:
        viewer = await door.account(self.database, request)
        return Answer(200, show(await self.database.run(orders.find, number, viewer)))

    async def step(self, request: Request, number: str) -> Answer:
        viewer = await door.account(self.database, request)
        asked = rules.judge(await request.json(door.BODY), {"to": rules.step}, required=["to"])
        if asked["to"] != "cancelled":
            return Answer(200, show(await self.database.run(orders.move, viewer, number, asked["to"])))
        order, refund = await self.database.run(refunds.cancel, viewer, number)
        if refund is not None:
            await self.outbox.refund(refund.id)
        return Answer(200, show(order))

    async def refund(self, request: Request, number: str) -> Answer:
        seller = await door.account(self.database, request)
        key = rules.idempotency_key(request.headers.get("idempotency-key"))
        asked = rules.judge(await request.json(door.BODY), {"amount": rules.amount}, required=["amount"])
        refund, new = await self.database.run(refunds.ask, seller, number, asked["amount"], key)
        if new:
            refund = await self.outbox.refund(refund.id)
        if refund.status == "failed":
            raise Problem(409, "The payment provider refuses this refund.")
        return Answer(201, {"id": refund.id, "amount": refund.amount, "status": refund.status})

    async def told(self, request: Request) -> Answer:
        """Signed before it is parsed; what is not for us is answered 200 all the same, or it would come again."""
        body = await request.body(door.BODY)
        if not payments.genuine(body, request.headers.get("payment-signature", ""), self.webhook_secret):
            raise Problem(400, "The signature is not right, or too old.")
        try:
            event = msgspec.convert(parsed(body), payments.Event)
        except msgspec.ValidationError as error:
            log.warning("a webhook that is no event of a charge: %s", error)
        else:
            await self.database.run(events.take, event)
        return Answer(200, {"received": True})


def answer_to(order: Order) -> Answer:
    """What the one who placed it is answered."""
    if order.status == "failed":
        return Problem(402, "The payment was declined.", order=order.id).answer
    return Answer(201, show(order), {"Location": f"/orders/{order.id}"})


def repeated(order: Order, status: int, body: Any) -> Answer:
    kind = "application/json" if status < 400 else "application/problem+json"
    headers = {"Location": f"/orders/{order.id}"} if status == 201 else {}
    return Answer(status, body, {**headers, "Idempotent-Replayed": "true"}, kind)


def sums(lines: list[money.Line]) -> dict[str, Any]:
    return {**msgspec.structs.asdict(money.bill(lines)), "currency": money.CURRENCY}


def show(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "status": order.status,
        "lines": order.lines,
        **sums(order.lines),
        "refunded": order.refunded,
        "created_at": door.show_time(order.created_at),
    }

"""Hooks of the checks on money, stock, payments and idempotency: `class Driver(Commerce)` in a lab that sells things.

The contract behind them: whoever has an account may sell, a sold thing is a ware with a price in whole units of money
and a number of pieces, each buyer has one cart, and an order is made of it under an idempotency key. What the order is
called at the payment provider (`reference`) is its id.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from backroad.verifier import Answer, Failed, LostAnswer, NoAnswer, Request, expect
from backroad.verifier.driver import LabDriver, Person, Thing
from backroad.verifier.histories import Operation, outcome_of
from backroad.verifier.wording import count


class Order(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    path: str
    status: str
    total: int
    answer: Answer


class Shopper(msgspec.Struct, frozen=True, kw_only=True):
    """A person with something in the cart, and what it costs in all."""

    person: Person
    total: int


class Commerce(LabDriver):
    """`paid`, `pending`, `failed` are what the contract calls those states of an order."""

    paid, pending, failed = "paid", "pending", "failed"
    accepted = "tok_ok"  # sources, as the payment stand-in knows them
    declined = "tok_declined"
    undecided = "tok_pending"
    key_header = "Idempotency-Key"
    price = "price"  # the field of a ware that holds it
    patience = 5.0  # seconds in which an order is answered, whatever the provider does
    recovery = 12.0  # seconds in which a pending order is settled once the provider is well again
    max_age = 300  # seconds that the signature of a webhook is good for

    async def ware(self, seller: Person, *, price: int = 1000, stock: int = 10, percent_off: int = 0) -> Thing:
        """Something to buy."""
        raise NotImplementedError

    async def stock_of(self, ware: Thing) -> Answer:
        """An answer that says how many are left; `left` reads the number."""
        raise NotImplementedError

    def left(self, answer: Answer) -> int:
        raise NotImplementedError

    def restock(self, seller: Person, ware: Thing, quantity: int) -> Request:
        raise NotImplementedError

    def moving(self, seller: Person, source: Thing, target: Thing, quantity: int) -> Request:
        """Pieces of one ware become pieces of another."""
        raise NotImplementedError

    def put(self, person: Person, ware: Thing, quantity: int, **more: Any) -> Request:
        """From now on so many in the cart; `more` are fields that the contract does not have."""
        raise NotImplementedError

    async def cart(self, person: Person) -> Answer:
        raise NotImplementedError

    def placing(self, person: Person, key: str, total: int, source: str = accepted, **more: Any) -> Request:
        """A checkout of what is in the cart."""
        raise NotImplementedError

    def order_of(self, answer: Answer) -> Order:
        """What an answer says of an order: of one that was made, or of one that was read."""
        raise NotImplementedError

    def order_path(self, number: str) -> str:
        """Where buyer and seller read the order with this id."""
        raise NotImplementedError

    async def orders(self, person: Person) -> list[dict[str, Any]]:
        """What the person has bought, newest first."""
        raise NotImplementedError

    def refunding(self, seller: Person, order: Order, amount: int, key: str) -> Request:
        raise NotImplementedError

    def refunded(self, answer: Answer) -> int:
        """How much of an order has been given back, out of an answer that shows the order."""
        raise NotImplementedError

    def wrong_prices(self) -> Iterable[Any]:
        """What is no price in whole units."""
        return (12.5, "1250", "12.50", -1, True, None, 1e300, [1250], {"amount": 1250})

    async def shopper(self, *wares: Thing, quantity: int = 1) -> Shopper:
        """Somebody new with so many of each of these in the cart."""
        person = await self.person()
        for ware in wares:
            expect.status(await person.client.send(self.put(person, ware, quantity)), (200, 201, 204))
        total = expect.field(expect.status(await self.cart(person), 200), "total", type=int)
        return Shopper(person=person, total=total)

    def buying(self, shopper: Shopper, key: str, source: str = accepted) -> Request:
        return self.placing(shopper.person, key, shopper.total, source)

    async def place(self, shopper: Shopper, key: str = "", source: str = accepted) -> Answer | NoAnswer:
        """Whatever comes back, or does not."""
        request = self.buying(shopper, key or self.bench.word("key-"), source)
        try:
            return await shopper.person.client.send(request, timeout=self.patience + 3)
        except LostAnswer as lost:
            return lost.no_answer

    async def buy(self, shopper: Shopper, source: str = accepted) -> Order:
        """An order that the provider takes without trouble."""
        request = self.buying(shopper, self.bench.word("key-"), source)
        return self.order_of(expect.status(await shopper.person.client.send(request, timeout=10), (201, 202)))

    async def sold(self, seller: Person, *, price: int = 1000, stock: int = 10) -> tuple[Shopper, Order]:
        """Somebody who has bought one piece of something new, and the order, paid."""
        shopper = await self.shopper(await self.ware(seller, price=price, stock=stock))
        return shopper, await self.becomes(shopper.person, await self.buy(shopper), self.paid)

    async def look(self, person: Person, order: Order) -> Order:
        return self.order_of(expect.status(await person.client.get(order.path), 200))

    async def becomes(self, person: Person, order: Order, status: str, within: float | None = None) -> Order:
        """Wait until the order has this status; fails if it does not get it."""
        limit = self.recovery if within is None else within
        ends = time.perf_counter() + limit
        while True:
            now = await self.look(person, order)
            if now.status == status:
                return now
            if time.perf_counter() > ends:
                expected = f"the order becomes {status} within {limit:.0f} s"
                expect.that(False, expected=expected, got=f"it is {now.status}", answer=now.answer)
            await asyncio.sleep(0.1)

    async def holds(self, ware: Thing, stock: int) -> None:
        """The ware has so many pieces left."""
        answer = await self.stock_of(ware)
        expect.equal(self.left(answer), stock, what="the stock", answer=answer)

    def taken(self, event: Any) -> None:
        """The target answered the webhook 2xx."""
        delivery = event.deliveries[-1]
        if delivery.status is None or not 200 <= delivery.status < 300:
            got = str(delivery.status) if delivery.status is not None else f"no answer: the target {delivery.reason}"
            raise Failed(sent=f"a webhook {event.type}, signed, by the provider", expected="200", got=got)

    def record(
        self, process: int | str, kind: str, answer: Answer | NoAnswer, result: Any = None, **args: Any
    ) -> Operation:
        """What was sent and answered, as an operation of a history."""
        exchange = answer.exchange
        status = answer.status if isinstance(answer, Answer) else None
        sent = not isinstance(answer, NoAnswer) or answer.sent
        return Operation(
            process=process, kind=kind, args=args, result=result, start=exchange.started,
            end=exchange.started + exchange.seconds, outcome=outcome_of(status, sent=sent), exchange=exchange,
        )  # fmt: skip

    def charges(self, order: Order) -> list[Any]:
        """Those that the provider has made for an order."""
        made: list[Any] = self.bench.standin("payments").of(order.id)
        return made

    def charged_once(self, order: Order, sent: str) -> None:
        """The provider has made one charge for the order, of its total."""
        amounts = [charge.amount for charge in self.charges(order)]
        number = f"{count(len(amounts))} charge{'' if len(amounts) == 1 else 's'}"
        got = f"{number}{' of ' if amounts else ''}{' and '.join(map(str, amounts))}, after {sent}"
        wanted = f"one charge of {order.total} with the id of the order as its reference"
        expect.that(amounts == [order.total], expected=wanted, got=got, answer=order.answer)

    def charge_fields(self, order: Order, **changes: Any) -> Mapping[str, Any]:
        """What a webhook says of the order's charge."""
        return {**msgspec.to_builtins(self.charges(order)[0]), **changes}

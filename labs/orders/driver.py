"""How the checks use a shop of services. See `backroad.verifier.driver` and `.drivers.messaging` for the hooks."""

import json
from collections.abc import Hashable, Mapping
from typing import Any
from urllib.parse import quote

from backroad.verifier import Answer, Request, expect
from backroad.verifier.driver import Collection, Person
from backroad.verifier.drivers.messaging import CONFIRMED, OPEN, REJECTED, Job, Messaging, Order, Trade
from backroad.verifier.verdict import Failed
from backroad.verifier.wording import excerpt

OPEN_STATES = ("accepted", "reserved")


class Driver(Messaging):
    collection = Collection(
        path="/products",
        text="title",
        unique="sku",
        wrong={"price": "cheap", "title": 42, "stock": -1},
    )
    worker = "stock"
    behind = ("stock", "payments")
    services = ("gateway", "orders", "stock", "payments")
    purse = 100_000

    async def person(self) -> Person:
        answer = await self.bench.client().post("/customers", json={"name": self.bench.word("customer-")})
        key = answer.json().get("key") if answer.status in (200, 201) else None
        if not isinstance(key, str) or not key:
            got = f"{answer.status} {excerpt(answer.text)}"
            raise Failed(expected="a key from POST /customers", got=got, exchanges=(answer.exchange,))
        headers = {"Authorization": f"Bearer {key}"}
        return Person(client=self.bench.client(headers), credentials=headers, secret=key)

    def draft(self, **fields: Any) -> dict[str, Any]:
        word = self.bench.word("sku-")
        body = {"sku": word, "title": f"About {word}", "price": 250, "stock": 10}
        return {name: value for name, value in {**body, **fields}.items() if value is not ...}

    def path_of(self, answer: Answer) -> str:
        return self.product_path(expect.field(answer, "sku", type=str))

    def path_of_item(self, item: dict[str, Any]) -> str:
        return self.product_path(str(item.get("sku")))

    @staticmethod
    def product_path(sku: str) -> str:
        return f"/products/{quote(sku, safe='')}"

    def private(self) -> list[Request]:
        paths = ("/account", "/products", "/products/some", "/orders", "/orders/some", "/deliveries/some", "/parked")
        body = {"lines": [{"sku": "some", "quantity": 1}]}
        reads = [self.bench.request("GET", path) for path in paths]
        return [*reads, self.bench.request("POST", "/orders", json=body)]

    def forgeries(self, person: Person) -> Mapping[str, Mapping[str, str]]:
        key = person.secret
        return {
            "a key that was never issued": {"Authorization": "Bearer " + key[::-1]},
            "half a key": {"Authorization": "Bearer " + key[: len(key) // 2]},
            "an empty key": {"Authorization": "Bearer "},
            "another scheme": {"Authorization": f"Basic {key}"},
            "the customer's name for the services": {"X-Customer": "1", "X-User": "1"},
        }

    def methods(self) -> Mapping[str, tuple[str, ...]]:
        return {"/products": ("GET", "POST"), "/orders": ("GET", "POST"), "/account": ("GET",), "/customers": ("POST",)}

    # Jobs are deliveries, and their key is the product.

    async def job_key(self, person: Person) -> str:
        thing = await self.create(person, stock=0)
        return str(thing.fields["sku"])

    async def send_job(self, person: Person, key: str, *, takes: float = 0.0) -> Job:
        note = json.dumps({"quantity": 1, "inspect_ms": round(takes * 1000)})
        return await self.send_poison(person, key, note)

    def poisons(self) -> Mapping[str, str]:
        return {
            "no JSON": "3 boxes, the usual",
            "a number in words": '{"quantity": "three"}',
            "a list": "[3]",
            "a quantity beyond any integer": '{"quantity": 1e999}',
            "no end": '{"quantity": 3',
            "a thousand brackets": "[" * 1000,
        }

    async def send_poison(self, person: Person, key: str, content: str) -> Job:
        headers = {"Idempotency-Key": self.bench.word("key-")}
        answer = await person.client.post("/deliveries", headers=headers, json={"sku": key, "document": content})
        expect.status(answer, 202)
        number = expect.field(answer, "id", type=str)
        return Job(id=number, path=f"/deliveries/{number}", answer=answer)

    async def job_state(self, person: Person, job: Job) -> str:
        answer = expect.status(await person.client.get(job.path), (200, 503))
        return "waiting" if answer.status == 503 else str(expect.field(answer, "status", type=str))

    async def parked(self, person: Person) -> list[str]:
        answer = expect.status(await person.client.get("/parked"), 200)
        return [str(item.get("id")) for item in expect.field(answer, "items", type=list)]

    async def effects(self, person: Person, key: str) -> list[str]:
        moved = await self.movements(person, key)
        return [str(item.get("source")) for item in moved if item.get("kind") == "delivery"]

    async def movements(self, person: Person, sku: str) -> list[dict[str, Any]]:
        answer = expect.status(await person.client.get(f"{self.product_path(sku)}/movements"), 200)
        return list(expect.field(answer, "items", type=list))

    # A trade is a product that somebody orders.

    async def open_trade(self, *, stock: int = 100, price: int = 100) -> Trade:
        seller, buyer = await self.person(), await self.person()
        thing = await self.create(seller, stock=stock, price=price)
        return Trade(buyer=buyer, seller=seller, item=str(thing.fields["sku"]), price=price, stock=stock)

    def order_request(self, trade: Trade, *, quantity: int = 1, key: str) -> Request:
        body = {"lines": [{"sku": trade.item, "quantity": quantity}]}
        return trade.buyer.request("POST", "/orders", headers={"Idempotency-Key": key}, json=body)

    def accepted(self, answer: Answer) -> Order:
        expect.status(answer, 202)
        number = expect.field(answer, "id", type=str)
        return Order(id=number, path=f"/orders/{quote(number, safe='')}", answer=answer)

    async def order_state(self, trade: Trade, order: Order) -> str:
        answer = expect.status(await trade.buyer.client.get(order.path), (200, 503))
        state = OPEN if answer.status == 503 else expect.field(answer, "status", type=str)
        if state in OPEN_STATES:
            return OPEN
        known = state in (OPEN, CONFIRMED, REJECTED)
        expect.that(known, expected="a status of the contract", got=f"status: {state}", answer=answer)
        return str(state)

    async def money(self, trade: Trade) -> dict[Hashable, int]:
        have: dict[Hashable, int] = {}
        for name, person in (("buyer", trade.buyer), ("seller", trade.seller)):
            answer = expect.status(await person.client.get("/account"), 200)
            have[name] = int(expect.field(answer, "balance", type=int))
        return have

    async def left(self, trade: Trade) -> int:
        answer = expect.status(await trade.buyer.client.get(self.product_path(trade.item)), 200)
        return int(expect.field(answer, "stock", type=int))

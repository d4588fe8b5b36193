"""How the checks use a shop. See `backroad.verifier.driver` and `drivers.commerce` for what each hook is for."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from backroad.verifier import Answer, Request, expect
from backroad.verifier.driver import Collection, Person, Thing, forged_bearers
from backroad.verifier.drivers.commerce import Commerce, Order
from backroad.verifier.verdict import Failed
from backroad.verifier.wording import excerpt

BATCH = 500


class Driver(Commerce):
    collection = Collection(
        path="/products",
        text="description",
        unique="handle",
        wrong={"name": "", "price": -5, "percent_off": 91, "stock": "many", "description": 42},
    )

    async def person(self) -> Person:
        answer = await self.bench.client().post("/accounts", json={"name": self.bench.word("shop-")})
        key = answer.json().get("key") if answer.status in (200, 201) else None
        if not isinstance(key, str) or not key:
            got = f"{answer.status} {excerpt(answer.text)}"
            raise Failed(expected="a key from POST /accounts", got=got, exchanges=(answer.exchange,))
        headers = {"Authorization": f"Bearer {key}"}
        return Person(client=self.bench.client(headers), credentials=headers, secret=key)

    async def guest(self) -> Person:
        """Somebody without an account, with a cart."""
        answer = expect.status(await self.bench.client().post("/carts", json={}), 201)
        token = expect.field(answer, "token", type=str)
        headers = {"Cart-Token": token}
        return Person(client=self.bench.client(headers), credentials=headers, secret=token)

    def draft(self, **fields: Any) -> dict[str, Any]:
        word = self.bench.word()
        body = {"handle": word, "name": f"Mug {word}", "description": f"About {word}", "price": 1250, "stock": 3}
        return {name: value for name, value in {**body, **fields}.items() if value is not ...}

    def path_of(self, answer: Answer) -> str:
        return self.product_path(expect.field(answer, "handle", type=str))

    def path_of_item(self, item: dict[str, Any]) -> str:
        return self.product_path(str(item.get("handle")))

    @staticmethod
    def product_path(handle: str) -> str:
        return f"/products/{quote(handle, safe='')}"

    def private(self) -> list[Request]:
        product, order = self.product_path(self.bench.word("mug-")), f"/orders/{self.bench.word('order-')}"
        key = {self.key_header: self.bench.word("key-")}
        return [
            Request("GET", "/products"),
            Request("POST", "/products", json=self.draft()),
            Request("POST", "/products/import", json={"products": [self.draft()]}),
            Request("GET", product),
            Request("PATCH", product, json={"price": 10}),
            Request("DELETE", product),
            Request("POST", f"{product}/restocks", json={"quantity": 5}),
            Request("GET", "/cart"),
            Request("GET", "/orders"),
            Request("POST", "/orders", json={"source": self.accepted, "total": 100}, headers=key),
            Request("GET", "/sales"),
            Request("GET", order),
            Request("POST", f"{order}/steps", json={"to": "shipped"}),
            Request("POST", f"{order}/refunds", json={"amount": 100}, headers=key),
        ]

    def forgeries(self, person: Person) -> Mapping[str, Mapping[str, str]]:
        return forged_bearers(person.secret, "key")

    def methods(self) -> Mapping[str, tuple[str, ...]]:
        handle = self.bench.word("mug-")
        return {
            "/healthz": ("GET",),
            "/accounts": ("POST",),
            "/products": ("GET", "POST"),
            "/products/import": ("POST",),
            f"/products/{handle}": ("GET", "PATCH", "DELETE"),
            f"/products/{handle}/restocks": ("POST",),
            "/catalogue": ("GET",),
            f"/catalogue/{handle}": ("GET",),
            "/carts": ("POST",),
            "/cart": ("GET",),
            "/orders": ("GET", "POST"),
            "/sales": ("GET",),
        }

    def read_only(self, other: Person) -> Mapping[str, Any]:
        return {
            "seller": self.bench.word("somebody-"),
            "currency": "XTS",
            "created_at": "2001-02-03T04:05:06.000Z",
            "version": 1_000_000,
            "id": 1,
        }

    def public(self, thing: Thing) -> list[str]:
        return [f"/catalogue/{thing.fields['handle']}"]

    def places(self, person: Person, text: str) -> Mapping[str, Request]:
        path = quote(text, safe="")
        return {
            "a handle in the catalogue": Request("GET", f"/catalogue/{path}"),
            "an order by": Request("GET", "/catalogue", query={"sort": text}),
            "a cursor of the catalogue": Request("GET", "/catalogue", query={"cursor": text}),
            "the handle of a product": person.request("GET", f"/products/{path}"),
            "the handle of a product to change": person.request("PATCH", f"/products/{path}", json={"price": 10}),
            "the handle of a product to delete": person.request("DELETE", f"/products/{path}"),
            "a cursor": person.request("GET", "/products", query={"cursor": text}),
            "a handle to put into the cart": person.request("PUT", f"/cart/lines/{path}", json={"quantity": 1}),
            "the id of an order": person.request("GET", f"/orders/{path}"),
            "the token of a cart": Request("GET", "/cart", headers={"Cart-Token": text}),
            "a key": Request("GET", "/products", headers={"Authorization": f"Bearer {text}"}),
        }

    async def fill(self, person: Person, count: int) -> list[Thing]:
        some = []
        for start in range(0, count, BATCH):
            drafts = [self.draft() for _ in range(min(BATCH, count - start))]
            answer = await person.client.post("/products/import", json={"products": drafts}, timeout=20)
            made = expect.field(expect.status(answer, 201), "items", type=list)
            some += [
                Thing(path=self.path_of_item(item), fields=item, answer=answer)
                for item in (made[0], made[len(made) // 2], made[-1])
            ]
        return some

    def probes(self, person: Person, things: list[Thing]) -> Mapping[str, Callable[[], Request]]:
        return {
            "lookup": lambda: Request("GET", self.public(self.bench.random.choice(things))[0]),
            "page": lambda: Request("GET", "/catalogue", query={"sort": "price"}),
            "write": lambda: person.request("POST", "/products", json=self.draft()),
        }

    async def ware(self, seller: Person, *, price: int = 1000, stock: int = 10, percent_off: int = 0) -> Thing:
        return await self.create(seller, price=price, stock=stock, percent_off=percent_off)

    async def stock_of(self, ware: Thing) -> Answer:
        return expect.status(await self.bench.client().get(self.public(ware)[0]), 200)

    def left(self, answer: Answer) -> int:
        return int(expect.field(answer, "stock", type=int))

    def restock(self, seller: Person, ware: Thing, quantity: int) -> Request:
        return seller.request("POST", f"{ware.path}/restocks", json={"quantity": quantity})

    def moving(self, seller: Person, source: Thing, target: Thing, quantity: int) -> Request:
        body = {"to": target.fields["handle"], "quantity": quantity}
        return seller.request("POST", f"{source.path}/moves", json=body)

    def put(self, person: Person, ware: Thing, quantity: int, **more: Any) -> Request:
        return person.request("PUT", f"/cart/lines/{ware.fields['handle']}", json={"quantity": quantity, **more})

    async def cart(self, person: Person) -> Answer:
        return await person.client.get("/cart")

    def placing(
        self, person: Person, key: str, total: int, source: str = Commerce.accepted, **more: Any
    ) -> Request:  # fmt: skip
        body = {"source": source, "total": total, **more}
        return person.request("POST", "/orders", headers={self.key_header: key}, json=body)

    def order_of(self, answer: Answer) -> Order:
        number = expect.field(answer, "id", type=str)
        status, total = expect.field(answer, "status", type=str), expect.field(answer, "total", type=int)
        return Order(id=number, path=self.order_path(number), status=status, total=total, answer=answer)

    def order_path(self, number: str) -> str:
        return f"/orders/{quote(number, safe='')}"

    async def orders(self, person: Person) -> list[dict[str, Any]]:
        listed = expect.status(await person.client.get("/orders", query={"limit": 100}), 200)
        return list(expect.field(listed, "items", type=list))

    def step(self, person: Person, order: Order, to: str) -> Request:
        return person.request("POST", f"{order.path}/steps", json={"to": to})

    def refunding(self, seller: Person, order: Order, amount: int, key: str) -> Request:
        path, headers = f"{order.path}/refunds", {self.key_header: key}
        return seller.request("POST", path, headers=headers, json={"amount": amount})

    def refunded(self, answer: Answer) -> int:
        return int(expect.field(answer, "refunded", type=int))

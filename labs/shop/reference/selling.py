"""What sellers do, and the catalogue that everybody sees."""

from typing import Any

import accounts
import door
import products
import rules
from asgi import Answer, Request, Routes
from database import Database
from money import CURRENCY
from products import Product

EDITABLE: dict[str, rules.Judge] = {
    "name": rules.name, "description": rules.description, "price": rules.price, "percent_off": rules.percent_off,
}  # fmt: skip
DRAFT: dict[str, rules.Judge] = {**EDITABLE, "handle": rules.handle, "stock": rules.stock}


class Selling:
    def __init__(self, database: Database) -> None:
        self.database = database

    def routes(self) -> Routes:
        one = {"GET": self.show, "PATCH": self.change, "DELETE": self.delete}
        return [
            ("/accounts", {"POST": self.open_account}),
            ("/products", {"GET": self.list, "POST": self.create}),
            ("/products/import", {"POST": self.take_in}),
            ("/products/{handle}", one),
            ("/products/{handle}/restocks", {"POST": self.restock}),
            ("/products/{handle}/moves", {"POST": self.move}),
            ("/catalogue", {"GET": self.search}),
            ("/catalogue/{handle}", {"GET": self.look}),
        ]

    async def open_account(self, request: Request) -> Answer:
        new = rules.judge(await request.json(door.BODY), {"name": rules.name}, required=["name"])
        account, key = await self.database.run(accounts.add, new["name"])
        return Answer(201, {"id": account, "key": key}, {"Cache-Control": "no-store"})

    async def list(self, request: Request) -> Answer:
        seller = await door.account(self.database, request)
        judges: dict[str, rules.Judge] = {"limit": rules.limit, "cursor": rules.cursor(1)}
        asked = rules.judge({name: request.query[name] for name in judges if name in request.query}, judges)
        limit, (before,) = asked.get("limit", 20), asked.get("cursor", (rules.MOST,))
        found = await self.database.run(products.page, seller, limit + 1, before)
        cursor = rules.write_cursor(found[limit - 1].id) if len(found) > limit else None
        return Answer(200, {"items": [as_seller(product) for product in found[:limit]], "next_cursor": cursor})

    async def create(self, request: Request) -> Answer:
        seller = await door.account(self.database, request)
        draft = judge_draft(await request.json(door.BODY))
        [product] = await self.database.run(products.add, seller, [draft])
        headers = {"Location": f"/products/{product.handle}", "ETag": door.etag(product)}
        return Answer(201, as_seller(product), headers)

    async def take_in(self, request: Request) -> Answer:
        seller = await door.account(self.database, request)
        drafts = rules.judge_all(await request.json(door.IMPORT_BODY), judge_draft)
        added = await self.database.run(products.add, seller, drafts)
        return Answer(201, {"items": [as_seller(product) for product in added]})

    async def show(self, request: Request, handle: str) -> Answer:
        seller = await door.account(self.database, request)
        product = await self.database.run(products.find, handle, seller)
        return Answer(200, as_seller(product), {"ETag": door.etag(product)})

    async def change(self, request: Request, handle: str) -> Answer:
        seller = await door.account(self.database, request)
        changes = rules.judge(await request.json(door.BODY, door.MERGE_PATCH), EDITABLE)
        product = await self.database.run(products.change, seller, handle, changes, door.if_match(request))
        return Answer(200, as_seller(product), {"ETag": door.etag(product)})

    async def delete(self, request: Request, handle: str) -> Answer:
        seller = await door.account(self.database, request)
        await self.database.run(products.remove, seller, handle, door.if_match(request))
        return Answer(204)

    async def restock(self, request: Request, handle: str) -> Answer:
        seller = await door.account(self.database, request)
        asked = rules.judge(await request.json(door.BODY), {"quantity": rules.pieces}, required=["quantity"])
        product = await self.database.run(products.restock, seller, handle, asked["quantity"])
        return Answer(200, as_seller(product), {"ETag": door.etag(product)})

    async def move(self, request: Request, handle: str) -> Answer:
        seller = await door.account(self.database, request)
        judges: dict[str, rules.Judge] = {"to": rules.handle, "quantity": rules.pieces}
        asked = rules.judge(await request.json(door.BODY), judges, required=list(judges))
        moved = await self.database.run(products.move, seller, handle, asked["to"], asked["quantity"])
        return Answer(200, {"items": [as_seller(product) for product in moved]})

    async def search(self, request: Request) -> Answer:
        judges: dict[str, rules.Judge] = {
            "q": rules.search, "sort": rules.sort, "limit": rules.limit, "cursor": rules.cursor(2),
        }  # fmt: skip
        asked = rules.judge({name: request.query[name] for name in judges if name in request.query}, judges)
        limit = asked.get("limit", 20)
        found = await self.database.run(
            products.search, asked.get("q", []), asked.get("sort", "newest"), limit + 1, asked.get("cursor")
        )
        last = found[limit - 1] if len(found) > limit else None
        cursor = rules.write_cursor(last.price, last.id) if last else None
        return Answer(200, {"items": [as_customer(product) for product in found[:limit]], "next_cursor": cursor})

    async def look(self, request: Request, handle: str) -> Answer:
        return Answer(200, as_customer(await self.database.run(products.find, handle)))


def judge_draft(body: Any) -> dict[str, Any]:
    return rules.judge(body, DRAFT, required=["handle", "name", "price"])


def as_customer(product: Product) -> dict[str, Any]:
    return {
        "handle": product.handle,
        "name": product.name,
        "description": product.description,
        "price": product.price,
        "percent_off": product.percent_off,
        "currency": CURRENCY,
        "stock": product.stock,
        "seller": product.seller,
    }


def as_seller(product: Product) -> dict[str, Any]:
    return {**as_customer(product), "created_at": door.show_time(product.created_at)}

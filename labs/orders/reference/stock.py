"""Stock: products, what is there of each, and every movement that made it so."""

import asyncio
import os
import sqlite3
from typing import Any

import rules
from asgi import Answer, Problem, Request
from broker import connect
from service import BODY, Routes, customer, data_dir, serve
from store import Message, Store, now, send
from worker import Poison, Worker

SCHEMA = """
CREATE TABLE IF NOT EXISTS products (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    sku TEXT NOT NULL UNIQUE,
    seller TEXT NOT NULL,
    title TEXT,
    price INTEGER NOT NULL,
    stock INTEGER NOT NULL CHECK (stock >= 0)
) STRICT;
CREATE INDEX IF NOT EXISTS products_of_seller ON products (seller, number);
CREATE TABLE IF NOT EXISTS movements (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    sku TEXT NOT NULL REFERENCES products (sku),
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    change INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS movements_of_product ON movements (sku, number);
"""
SHOWN = 100
UNKNOWN = "There is no such product."


class Stock:
    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self) -> Routes:
        return [
            ("/products", {"GET": self.list, "POST": self.create}),
            ("/products/{sku}", {"GET": self.show}),
            ("/products/{sku}/movements", {"GET": self.movements}),
        ]

    async def create(self, request: Request) -> Answer:
        new = {"title": None, "stock": 0, **rules.product(await request.json(BODY)), "seller": customer(request)}
        try:
            await self.store.change(add_product, new)
        except sqlite3.IntegrityError:
            raise Problem(409, "There is a product of this sku already.") from None
        return Answer(201, shown(new), {"Location": f"/products/{new['sku']}"})

    async def list(self, request: Request) -> Answer:
        query = "SELECT * FROM products WHERE seller = ? ORDER BY number DESC LIMIT ?"
        rows = await self.store.run(self.store.rows, query, customer(request), SHOWN)
        return Answer(200, {"items": [shown(dict(row)) for row in rows]})

    async def show(self, request: Request, sku: str) -> Answer:
        row = await self.store.run(self.store.row, "SELECT * FROM products WHERE sku = ?", sku)
        if row is None:
            raise Problem(404, UNKNOWN)
        return Answer(200, shown(dict(row)))

    async def movements(self, request: Request, sku: str) -> Answer:
        query = "SELECT sku FROM products WHERE sku = ? AND seller = ?"
        if await self.store.run(self.store.row, query, sku, customer(request)) is None:
            raise Problem(404, UNKNOWN)
        query = "SELECT kind, source, change FROM movements WHERE sku = ? ORDER BY number LIMIT 1000"
        rows = await self.store.run(self.store.rows, query, sku)
        return Answer(200, {"items": [dict(row) for row in rows]})

    async def reserve(self, message: Message) -> None:
        await self.store.work_once(message, reserve, message.body)

    async def release(self, message: Message) -> None:
        await self.store.work_once(message, release, message.body)

    async def deliver(self, message: Message) -> None:
        try:
            note = rules.document(message.body["document"])
        except rules.Invalid as invalid:
            raise Poison(str(invalid)) from None
        await asyncio.sleep(note.get("inspect_ms", 0) / 1000)  # somebody looks into the boxes
        await self.store.work_once(message, deliver, message.body, note["quantity"])


def shown(product: dict[str, Any]) -> dict[str, Any]:
    return {name: product[name] for name in ("sku", "title", "price", "stock")}


def add_product(db: sqlite3.Connection, new: dict[str, Any]) -> None:
    columns = ("sku", "seller", "title", "price", "stock")
    query = f"INSERT INTO products ({', '.join(columns)}) VALUES (?, ?, ?, ?, ?)"
    db.execute(query, [new[column] for column in columns])


def move(db: sqlite3.Connection, sku: str, kind: str, source: str, change: int) -> None:
    db.execute("UPDATE products SET stock = stock + ? WHERE sku = ?", (change, sku))
    query = "INSERT INTO movements (sku, kind, source, change, at) VALUES (?, ?, ?, ?, ?)"
    db.execute(query, (sku, kind, source, change, now()))


def reserve(db: sqlite3.Connection, order: dict[str, Any]) -> None:
    """All lines of an order or none of them."""
    number, parts = order["order"], []
    for line in order["lines"]:
        row = db.execute("SELECT * FROM products WHERE sku = ?", (line["sku"],)).fetchone()
        if row is None or row["stock"] < line["quantity"]:
            reason = "unknown_product" if row is None else "out_of_stock"
            send(db, "orders", "refused", number, {"order": number, "reason": reason})
            return
        parts.append({"seller": row["seller"], "amount": row["price"] * line["quantity"]})
    for line in order["lines"]:
        move(db, line["sku"], "order", number, -line["quantity"])
    send(db, "orders", "reserved", number, {"order": number, "parts": parts})


def release(db: sqlite3.Connection, order: dict[str, Any]) -> None:
    """Undoes a reservation. It follows one, always: orders asks for it only after it has heard of one."""
    for line in order["lines"]:
        move(db, line["sku"], "release", order["order"], line["quantity"])


def deliver(db: sqlite3.Connection, delivery: dict[str, Any], quantity: int) -> None:
    query = "SELECT sku FROM products WHERE sku = ? AND seller = ?"
    if db.execute(query, (delivery["sku"], delivery["customer"])).fetchone() is None:
        raise Poison("there is no such product")
    move(db, delivery["sku"], "delivery", delivery["delivery"], quantity)
    send(db, "orders", "delivered", delivery["delivery"], {"delivery": delivery["delivery"]})


def tell_parked(db: sqlite3.Connection, message: Message, reason: str) -> None:
    if message.kind == "deliver":
        number = message.body["delivery"]
        send(db, "orders", "parked", number, {"delivery": number, "reason": reason})


async def main() -> None:
    store = Store(data_dir() / "stock.db", SCHEMA)
    stock = Stock(store)
    handlers = {"reserve": stock.reserve, "release": stock.release, "deliver": stock.deliver}
    worker = Worker("stock", store, connect(), handlers, on_parked=tell_parked)
    await serve("stock", stock.routes(), worker)
    store.close()


if __name__ == "__main__":
    asyncio.run(main())
    # Everything of ours is closed. A thread of granian's that still runs while the interpreter ends could panic.
    os._exit(0)

"""Orders and deliveries: takes them, and leads each through the services until it is settled.

An order is a saga: stock reserves, payments charges, and what was reserved is released again if nobody can pay.
"""

import asyncio
import os
import sqlite3
import uuid
from datetime import UTC, datetime
from typing import Any

import msgspec
import rules
from asgi import Answer, Problem, Request
from broker import connect
from service import BODY, Routes, customer, data_dir, serve
from store import Message, Store, now, send
from worker import Worker

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    customer TEXT NOT NULL,
    lines TEXT NOT NULL,
    note TEXT,
    status TEXT NOT NULL,
    reason TEXT,
    total INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS orders_of_customer ON orders (customer, number);
CREATE TABLE IF NOT EXISTS deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    customer TEXT NOT NULL,
    sku TEXT NOT NULL,
    document TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS deliveries_parked ON deliveries (customer, number) WHERE status = 'parked';
CREATE TABLE IF NOT EXISTS requests (
    customer TEXT NOT NULL,
    key TEXT NOT NULL,
    content TEXT NOT NULL,
    made TEXT NOT NULL,
    PRIMARY KEY (customer, key)
) STRICT, WITHOUT ROWID;
"""
SHOWN = 100


class Reused(Exception):
    """The key of an earlier request came with another body."""


class Orders:
    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self) -> Routes:
        return [
            ("/orders", {"GET": self.list, "POST": self.create}),
            ("/orders/{number}", {"GET": self.show}),
            ("/deliveries", {"POST": self.take_delivery}),
            ("/deliveries/{number}", {"GET": self.show_delivery}),
            ("/deliveries/{number}/retry", {"POST": self.retry}),
            ("/parked", {"GET": self.parked}),
        ]

    async def create(self, request: Request) -> Answer:
        new = {"note": None, **rules.order(await request.json(BODY))}
        number = await self.once(request, new, add_order)
        return Answer(202, shown(await self.find("orders", request, number)), {"Location": f"/orders/{number}"})

    async def take_delivery(self, request: Request) -> Answer:
        new = rules.delivery(await request.json(BODY))
        number = await self.once(request, new, add_delivery)
        delivery = await self.find("deliveries", request, number)
        return Answer(202, shown_delivery(delivery), {"Location": f"/deliveries/{number}"})

    async def once(self, request: Request, new: dict[str, Any], add: Any) -> str:
        """The id of what `add` makes, or of what it made when this Idempotency-Key came first."""
        key = rules.idempotency_key(request.headers.get("idempotency-key"))
        try:
            return str(await self.store.change(add_once, customer(request), key, new, add))
        except Reused:
            raise rules.Invalid({"Idempotency-Key": "was used for another request"}) from None

    async def show(self, request: Request, number: str) -> Answer:
        return Answer(200, shown(await self.find("orders", request, number)))

    async def list(self, request: Request) -> Answer:
        query = "SELECT * FROM orders WHERE customer = ? ORDER BY number DESC LIMIT ?"
        rows = await self.store.run(self.store.rows, query, customer(request), SHOWN)
        return Answer(200, {"items": [shown(row) for row in rows]})

    async def show_delivery(self, request: Request, number: str) -> Answer:
        return Answer(200, shown_delivery(await self.find("deliveries", request, number)))

    async def parked(self, request: Request) -> Answer:
        query = "SELECT * FROM deliveries WHERE customer = ? AND status = 'parked' ORDER BY number DESC LIMIT ?"
        rows = await self.store.run(self.store.rows, query, customer(request), SHOWN)
        return Answer(200, {"items": [shown_delivery(row) for row in rows]})

    async def retry(self, request: Request, number: str) -> Answer:
        await self.find("deliveries", request, number)
        if not await self.store.change(retry, number):
            raise Problem(409, "This delivery is not parked.")
        return Answer(202, shown_delivery(await self.find("deliveries", request, number)))

    async def find(self, table: str, request: Request, number: str) -> sqlite3.Row:
        query = f"SELECT * FROM {table} WHERE id = ? AND customer = ?"
        row = await self.store.run(self.store.row, query, number, customer(request))
        if row is None:
            raise Problem(404, "There is nothing of yours here.")
        return row

    async def reserved(self, message: Message) -> None:
        await self.store.work_once(message, reserved, message.body)

    async def refused(self, message: Message) -> None:
        await self.store.work_once(message, settle, message.body["order"], "rejected", message.body["reason"])

    async def charged(self, message: Message) -> None:
        await self.store.work_once(message, settle, message.body["order"], "confirmed", None)

    async def declined(self, message: Message) -> None:
        await self.store.work_once(message, declined, message.body["order"])

    async def delivered(self, message: Message) -> None:
        await self.store.work_once(message, settle_delivery, message.body["delivery"], "done", None)

    async def park(self, message: Message) -> None:
        number, reason = message.body["delivery"], message.body["reason"]
        await self.store.work_once(message, settle_delivery, number, "parked", reason)


def add_once(db: sqlite3.Connection, customer: str, key: str | None, new: dict[str, Any], add: Any) -> str:
    content = msgspec.json.encode([add.__name__, new], order="sorted").decode()
    query = "SELECT content, made FROM requests WHERE customer = ? AND key = ?"
    before = db.execute(query, (customer, key)).fetchone() if key is not None else None
    if before is not None:
        if before["content"] != content:
            raise Reused
        return str(before["made"])
    number = str(uuid.uuid4())
    add(db, customer, number, new)
    if key is not None:
        db.execute("INSERT INTO requests VALUES (?, ?, ?, ?)", (customer, key, content, number))
    return number


def add_order(db: sqlite3.Connection, customer: str, number: str, new: dict[str, Any]) -> None:
    lines = msgspec.json.encode(new["lines"]).decode()
    query = "INSERT INTO orders (id, customer, lines, note, status, created_at) VALUES (?, ?, ?, ?, 'accepted', ?)"
    db.execute(query, (number, customer, lines, new["note"], now()))
    send(db, "stock", "reserve", number, {"order": number, "lines": new["lines"]})


def add_delivery(db: sqlite3.Connection, customer: str, number: str, new: dict[str, Any]) -> None:
    query = "INSERT INTO deliveries (id, customer, sku, document, status) VALUES (?, ?, ?, ?, 'waiting')"
    db.execute(query, (number, customer, new["sku"], new["document"]))
    send(db, "stock", "deliver", new["sku"], {"delivery": number, "customer": customer, **new})


def retry(db: sqlite3.Connection, number: str) -> bool:
    query = "UPDATE deliveries SET status = 'waiting', reason = NULL WHERE id = ? AND status = 'parked' RETURNING *"
    rows = db.execute(query, (number,)).fetchall()
    for row in rows:
        body = {"delivery": number, "customer": row["customer"], "sku": row["sku"], "document": row["document"]}
        send(db, "stock", "deliver", row["sku"], body)
    return bool(rows)


def reserved(db: sqlite3.Connection, answer: dict[str, Any]) -> None:
    number, total = answer["order"], sum(part["amount"] for part in answer["parts"])
    query = "UPDATE orders SET status = 'reserved', total = ? WHERE id = ? RETURNING customer"
    [row] = db.execute(query, (total, number)).fetchall()
    send(db, "payments", "charge", number, {"order": number, "customer": row["customer"], "parts": answer["parts"]})


def declined(db: sqlite3.Connection, number: str) -> None:
    """The compensation: what stock has put aside goes back on the shelf."""
    settle(db, number, "rejected", "payment_declined")
    [row] = db.execute("SELECT lines FROM orders WHERE id = ?", (number,)).fetchall()
    send(db, "stock", "release", number, {"order": number, "lines": msgspec.json.decode(row["lines"])})


def settle(db: sqlite3.Connection, number: str, status: str, reason: str | None) -> None:
    db.execute("UPDATE orders SET status = ?, reason = ? WHERE id = ?", (status, reason, number))


def settle_delivery(db: sqlite3.Connection, number: str, status: str, reason: str | None) -> None:
    db.execute("UPDATE deliveries SET status = ?, reason = ? WHERE id = ?", (status, reason, number))


def shown(order: sqlite3.Row) -> dict[str, Any]:
    created_at = datetime.fromtimestamp(order["created_at"] / 1000, UTC).isoformat(timespec="milliseconds")
    return {
        **{name: order[name] for name in ("id", "status", "reason", "note", "total")},
        "lines": msgspec.json.decode(order["lines"]),
        "created_at": created_at.replace("+00:00", "Z"),
    }


def shown_delivery(delivery: sqlite3.Row) -> dict[str, Any]:
    return {name: delivery[name] for name in ("id", "sku", "document", "status", "reason")}


async def main() -> None:
    store = Store(data_dir() / "orders.db", SCHEMA)
    orders = Orders(store)
    handlers = {
        "reserved": orders.reserved,
        "refused": orders.refused,
        "charged": orders.charged,
        "declined": orders.declined,
        "delivered": orders.delivered,
        "parked": orders.park,
    }
    worker = Worker("orders", store, connect(), handlers)
    await serve("orders", orders.routes(), worker)
    store.close()


if __name__ == "__main__":
    asyncio.run(main())
    # Everything of ours is closed. A thread of granian's that still runs while the interpreter ends could panic.
    os._exit(0)

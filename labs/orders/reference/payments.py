"""Payments: what each customer has, and who paid whom."""

import asyncio
import os
import sqlite3

from asgi import Answer, Request
from broker import connect
from service import Routes, customer, data_dir, serve
from store import Message, Store, send
from worker import Worker

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    customer TEXT PRIMARY KEY,
    balance INTEGER NOT NULL CHECK (balance >= 0)
) STRICT;
CREATE TABLE IF NOT EXISTS payments (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id TEXT NOT NULL,
    payer TEXT NOT NULL,
    payee TEXT NOT NULL,
    amount INTEGER NOT NULL
) STRICT;
"""
GIFT = 100_000  # cents that every new customer begins with


class Payments:
    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self) -> Routes:
        return [("/account", {"GET": self.show})]

    async def show(self, request: Request) -> Answer:
        return Answer(200, {"balance": await self.store.change(balance, customer(request))})

    async def charge(self, message: Message) -> None:
        await self.store.work_once(message, charge, message)


def charge(db: sqlite3.Connection, message: Message) -> None:
    """All of it or nothing, and never more than there is."""
    order, payer, parts = message.body["order"], message.body["customer"], message.body["parts"]
    total = sum(part["amount"] for part in parts)
    if balance(db, payer) < total:
        send(db, "orders", "declined", order, {"order": order})
        return
    for part in parts:
        payee, amount = part["seller"], part["amount"]
        balance(db, payee)
        db.execute("UPDATE accounts SET balance = balance - ? WHERE customer = ?", (amount, payer))
        db.execute("UPDATE accounts SET balance = balance + ? WHERE customer = ?", (amount, payee))
        db.execute(
            "INSERT INTO payments (order_id, payer, payee, amount) VALUES (?, ?, ?, ?)", (order, payer, payee, amount)
        )
    send(db, "orders", "charged", order, {"order": order})


def balance(db: sqlite3.Connection, customer: str) -> int:
    """Opens the account at first sight."""
    db.execute("INSERT OR IGNORE INTO accounts VALUES (?, ?)", (customer, GIFT))
    return int(db.execute("SELECT balance FROM accounts WHERE customer = ?", (customer,)).fetchone()[0])


async def main() -> None:
    store = Store(data_dir() / "payments.db", SCHEMA)
    payments = Payments(store)
    worker = Worker("payments", store, connect(), {"charge": payments.charge})
    await serve("payments", payments.routes(), worker)
    store.close()


if __name__ == "__main__":
    asyncio.run(main())
    # Everything of ours is closed. A thread of granian's that still runs while the interpreter ends could panic.
    os._exit(0)

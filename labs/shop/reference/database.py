"""One SQLite file. A transaction is a function: `await database.run(work, …)` commits when `work(db, …)` returns."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
Db = sqlite3.Connection

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    key_hash BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE IF NOT EXISTS products (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    seller TEXT NOT NULL REFERENCES accounts (id),
    handle TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT,
    price INTEGER NOT NULL CHECK (price > 0),
    percent_off INTEGER NOT NULL,
    stock INTEGER NOT NULL CHECK (stock >= 0),
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS products_of_seller ON products (seller, id);
CREATE INDEX IF NOT EXISTS products_by_price ON products (price, id);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (name);

CREATE TABLE IF NOT EXISTS carts (
    id INTEGER PRIMARY KEY,
    account TEXT UNIQUE REFERENCES accounts (id),
    token_hash BLOB UNIQUE,
    CHECK ((account IS NULL) <> (token_hash IS NULL))
) STRICT;
CREATE TABLE IF NOT EXISTS cart_lines (
    cart INTEGER NOT NULL REFERENCES carts (id) ON DELETE CASCADE,
    product INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    quantity INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 99),
    PRIMARY KEY (cart, product)
) STRICT;
CREATE INDEX IF NOT EXISTS lines_of_product ON cart_lines (product);

CREATE TABLE IF NOT EXISTS orders (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    buyer TEXT NOT NULL REFERENCES accounts (id),
    seller TEXT NOT NULL REFERENCES accounts (id),
    status TEXT NOT NULL DEFAULT 'pending',
    source TEXT NOT NULL,
    total INTEGER NOT NULL,
    refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND total),
    charge TEXT,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    answered INTEGER NOT NULL DEFAULT 0,
    answer BLOB,
    created_at INTEGER NOT NULL,
    UNIQUE (buyer, key)
) STRICT;
CREATE INDEX IF NOT EXISTS orders_of_seller ON orders (seller, number);
CREATE INDEX IF NOT EXISTS orders_of_buyer ON orders (buyer, number);
CREATE TABLE IF NOT EXISTS order_lines (
    "order" TEXT NOT NULL REFERENCES orders (id),
    product INTEGER NOT NULL,
    handle TEXT NOT NULL,
    name TEXT NOT NULL,
    unit_price INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    discount INTEGER NOT NULL,
    total INTEGER NOT NULL,
    PRIMARY KEY ("order", product)
) STRICT;
CREATE TABLE IF NOT EXISTS refunds (
    id TEXT PRIMARY KEY,
    "order" TEXT NOT NULL REFERENCES orders (id),
    amount INTEGER NOT NULL CHECK (amount > 0),
    status TEXT NOT NULL DEFAULT 'pending',
    key TEXT NOT NULL,
    UNIQUE ("order", key)
) STRICT;

CREATE TABLE IF NOT EXISTS outbox (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY) STRICT;
"""


class Database:
    def __init__(self, path: Path) -> None:
        # One thread does all the work: each piece is brief, and another process may be at the file as well.
        self._thread = ThreadPoolExecutor(1, "database")
        self._db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")  # on the disk before it is answered
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(SCHEMA)

    async def run(self, work: Callable[Concatenate[Db, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: self._transaction(work, *args, **kwargs))

    def _transaction(self, work: Callable[Concatenate[Db, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        self._db.execute("BEGIN IMMEDIATE")  # the lock at once: a read that later writes could meet a stranger's write
        try:
            result = work(self._db, *args, **kwargs)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        return result

    def close(self) -> None:
        self._thread.shutdown()
        self._db.close()


def now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000

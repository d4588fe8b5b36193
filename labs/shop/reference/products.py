"""Products: what their sellers see, and what everybody finds."""

import sqlite3
from collections.abc import Callable
from typing import Any

import msgspec
from database import Db, now
from refusals import Conflict, Stale, Unknown

COLUMNS = (
    "products.id, handle, accounts.name, products.name, description, price, percent_off, stock, version, created_at"
)
FROM = f"SELECT {COLUMNS} FROM products JOIN accounts ON accounts.id = seller"
Expected = Callable[["Product"], bool]


class Product(msgspec.Struct, frozen=True):
    """Prices in cents, times in milliseconds since 1970; `seller` is a name."""

    id: int
    handle: str
    seller: str
    name: str
    description: str | None
    price: int
    percent_off: int
    stock: int
    version: int
    created_at: int


def add(db: Db, seller: str, drafts: list[dict[str, Any]]) -> list[Product]:
    """All of them or none."""
    return [_insert(db, seller, draft) for draft in drafts]


def _insert(db: Db, seller: str, draft: dict[str, Any]) -> Product:
    values = {"description": None, "percent_off": 0, "stock": 0, **draft, "seller": seller, "created_at": now()}
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    try:
        [[number]] = db.execute(f"INSERT INTO products ({names}) VALUES ({places}) RETURNING id", values).fetchall()
    except sqlite3.IntegrityError:
        raise Conflict(f"The handle {draft['handle']} is taken.") from None
    db.execute("INSERT INTO words (rowid, name) VALUES (?, ?)", (number, draft["name"]))
    return find(db, draft["handle"], seller)


def find(db: Db, handle: str, seller: str | None = None) -> Product:
    """With a seller: one of theirs."""
    query = f"{FROM} WHERE handle = ? AND (? IS NULL OR seller = ?)"
    row = db.execute(query, (handle, seller, seller)).fetchone()
    if row is None:
        raise Unknown(handle)
    return Product(*row)


def page(db: Db, seller: str, limit: int, before: int) -> list[Product]:
    """Newest first, of those with an id below `before`: a place in the order, which inserts do not move."""
    query = f"{FROM} WHERE seller = ? AND products.id < ? ORDER BY products.id DESC LIMIT ?"
    return [Product(*row) for row in db.execute(query, (seller, before, limit))]


def search(db: Db, words: list[str], order: str, limit: int, after: tuple[int, int] | None) -> list[Product]:
    """`order` is newest, price or -price; `after` is the place (price, id) of the last one shown."""
    where, values = ["1 = 1"], []
    if words:
        where.append("products.id IN (SELECT rowid FROM words WHERE words MATCH ?)")
        values.append(" ".join(f'"{word}"*' for word in words))
    if after is not None:
        where.append({"newest": "products.id < ?", "price": "(price, products.id) > (?, ?)"}.get(order, MORE))
        values += [after[1]] if order == "newest" else list(after)
    by = {"newest": "products.id DESC", "price": "price, products.id"}.get(order, "price DESC, products.id DESC")
    query = f"{FROM} WHERE {' AND '.join(where)} ORDER BY {by} LIMIT ?"
    return [Product(*row) for row in db.execute(query, (*values, limit))]


MORE = "(price, products.id) < (?, ?)"


def change(db: Db, seller: str, handle: str, changes: dict[str, Any], expected: Expected) -> Product:
    product = find(db, handle, seller)
    if not expected(product):
        raise Stale(handle)
    new = msgspec.structs.replace(product, version=product.version + 1, **changes)
    query = "UPDATE products SET name = ?, description = ?, price = ?, percent_off = ?, version = ? WHERE id = ?"
    db.execute(query, (new.name, new.description, new.price, new.percent_off, new.version, new.id))
    db.execute("UPDATE words SET name = ? WHERE rowid = ?", (new.name, new.id))
    return new


def remove(db: Db, seller: str, handle: str, expected: Expected) -> None:
    product = find(db, handle, seller)
    if not expected(product):
        raise Stale(handle)
    db.execute("DELETE FROM products WHERE id = ?", (product.id,))
    db.execute("DELETE FROM words WHERE rowid = ?", (product.id,))


def restock(db: Db, seller: str, handle: str, quantity: int) -> Product:
    """Adds, and does not set: whatever is sold at the same moment stays sold."""
    product = find(db, handle, seller)
    db.execute("UPDATE products SET stock = stock + ? WHERE id = ?", (quantity, product.id))
    return find(db, handle, seller)


def move(db: Db, seller: str, source: str, target: str, quantity: int) -> tuple[Product, Product]:
    """Relabels pieces of one product as another: both in one transaction, or neither."""
    ids = find(db, source, seller).id, find(db, target, seller).id
    take(db, ids[0], source, quantity)
    db.execute("UPDATE products SET stock = stock + ? WHERE id = ?", (quantity, ids[1]))
    return find(db, source, seller), find(db, target, seller)


def take(db: Db, number: int, handle: str, quantity: int) -> None:
    """Looks and takes in one statement: of two who want the last one, the second finds no row."""
    query = "UPDATE products SET stock = stock - ? WHERE id = ? AND stock >= ?"
    if db.execute(query, (quantity, number, quantity)).rowcount == 0:
        raise Conflict(f"There are fewer than {quantity} of {handle} left.")

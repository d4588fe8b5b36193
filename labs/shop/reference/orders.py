"""Orders: how one is placed, and the steps it may take."""

import secrets
from typing import Any

import carts
import money
import msgspec
import products
from accounts import digest
from database import Db, now
from refusals import Conflict, Forbidden, Reused, Unknown

COLUMNS = "number, id, buyer, seller, status, source, total, refunded, charge, created_at"
LEASE = 4_000  # milliseconds in which the request that placed an order charges it; then the outbox does
STEPS = {  # from, to -> who may
    ("paid", "shipped"): ("seller",),
    ("paid", "cancelled"): ("seller", "buyer"),
    ("shipped", "delivered"): ("seller",),
}


class Order(msgspec.Struct, frozen=True):
    """`charge` is its id at the payment provider, once there is one."""

    number: int
    id: str
    buyer: str
    seller: str
    status: str
    source: str
    total: int
    refunded: int
    charge: str | None
    created_at: int
    lines: list[money.Line] = []


class Placed(msgspec.Struct, frozen=True):
    """`answer` is what was answered to the request that placed it; `at_work`: it has none yet."""

    order: Order
    new: bool
    answer: tuple[int, Any] | None = None
    at_work: bool = False


def place(db: Db, buyer: str, key: str, source: str, total: int) -> Placed:
    """Everything that makes an order, in one transaction: stock, lines, cart, key, and the charge still to be made."""
    fingerprint = digest(f"{source}\n{total}")
    if (before := _with_key(db, buyer, key, fingerprint)) is not None:
        return before
    cart = carts.of_account(db, buyer)
    lines = carts.lines(db, cart)
    if not lines:
        raise Conflict("The cart is empty.")
    if money.bill(lines).total != total:
        raise Conflict("The prices have changed: look at the cart again.")
    bought = {line.handle: products.find(db, line.handle) for line in lines}
    for line in lines:  # in the order of handles, so that two orders never wait for each other's rows
        products.take(db, bought[line.handle].id, line.handle, line.quantity)
    number, moment = secrets.token_hex(12), now()
    query = (
        "INSERT INTO orders (id, buyer, seller, source, total, key, fingerprint, created_at)"
        " SELECT ?, ?, seller, ?, ?, ?, ?, ? FROM products WHERE id = ?"
    )
    one = bought[lines[0].handle].id
    db.execute(query, (number, buyer, source, total, key, fingerprint, moment, one))
    for line in lines:
        row = (number, bought[line.handle].id, *msgspec.structs.astuple(line))
        db.execute("INSERT INTO order_lines VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    carts.empty(db, cart)
    db.execute("INSERT INTO outbox VALUES (?, 'charge', 0, ?)", (number, moment + LEASE))
    return Placed(find(db, number), new=True)


def _with_key(db: Db, buyer: str, key: str, fingerprint: bytes) -> Placed | None:
    query = "SELECT id, fingerprint, answered, answer FROM orders WHERE buyer = ? AND key = ?"
    row = db.execute(query, (buyer, key)).fetchone()
    if row is None:
        return None
    number, same, status, body = row
    if same != fingerprint:
        raise Reused(key)
    at_work = db.execute("SELECT 1 FROM outbox WHERE id = ?", (number,)).fetchone() is not None
    answer = (status, msgspec.json.decode(body)) if status else None
    return Placed(find(db, number), new=False, answer=answer, at_work=at_work)


def remember(db: Db, number: str, status: int, body: Any) -> None:
    """What the key of this order is answered from now on."""
    query = "UPDATE orders SET answered = ?, answer = ? WHERE id = ? AND answered = 0"
    db.execute(query, (status, msgspec.json.encode(body), number))


def find(db: Db, number: str, viewer: str | None = None) -> Order:
    """With a viewer: one that they bought or sold."""
    query = f"SELECT {COLUMNS} FROM orders WHERE id = ? AND (? IS NULL OR ? IN (buyer, seller))"
    row = db.execute(query, (number, viewer, viewer)).fetchone()
    if row is None:
        raise Unknown(number)
    return Order(*row, lines=_lines(db, number))


def _lines(db: Db, number: str) -> list[money.Line]:
    query = (
        'SELECT handle, name, unit_price, quantity, discount, total FROM order_lines WHERE "order" = ? ORDER BY handle'
    )
    return [money.Line(*row) for row in db.execute(query, (number,))]


def page(db: Db, viewer: str, side: str, limit: int, before: int) -> list[Order]:
    """Newest first; `side` is buyer or seller."""
    column = {"buyer": "buyer", "seller": "seller"}[side]
    query = f"SELECT {COLUMNS} FROM orders WHERE {column} = ? AND number < ? ORDER BY number DESC LIMIT ?"
    return [Order(*row, lines=_lines(db, row[1])) for row in db.execute(query, (viewer, before, limit)).fetchall()]


def paid(db: Db, number: str, charge: str) -> None:
    """A pending order becomes paid; to any other this is old news."""
    query = "UPDATE orders SET status = 'paid', charge = ? WHERE id = ? AND status = 'pending'"
    db.execute(query, (charge, number))
    _done(db, number)


def waits(db: Db, number: str, charge: str) -> None:
    """The provider has the charge and will tell by webhook what becomes of it."""
    db.execute("UPDATE orders SET charge = ? WHERE id = ? AND charge IS NULL", (charge, number))
    _done(db, number)


def failed(db: Db, number: str, *, refill: bool = False) -> None:
    """A pending order fails, and what it held comes back; with `refill` into the cart as well."""
    query = "UPDATE orders SET status = 'failed' WHERE id = ? AND status = 'pending'"
    if db.execute(query, (number,)).rowcount:
        give_back(db, number)
        cart = carts.of_account(db, find(db, number).buyer)
        if refill and not carts.lines(db, cart):
            query = (
                "INSERT INTO cart_lines SELECT ?, products.id, quantity FROM order_lines"
                ' JOIN products ON products.id = product WHERE "order" = ?'
            )
            db.execute(query, (cart, number))
    _done(db, number)


def give_back(db: Db, number: str) -> None:
    for product, quantity in db.execute(
        'SELECT product, quantity FROM order_lines WHERE "order" = ?', (number,)
    ).fetchall():
        db.execute("UPDATE products SET stock = stock + ? WHERE id = ?", (quantity, product))


def _done(db: Db, number: str) -> None:
    db.execute("DELETE FROM outbox WHERE id = ?", (number,))


def move(db: Db, viewer: str, number: str, to: str) -> Order:
    """The step is decided and written in one statement: of two that exclude each other, one finds no row."""
    order = find(db, number, viewer)
    who = {"buyer"} if viewer == order.buyer else set()
    who |= {"seller"} if viewer == order.seller else set()
    allowed = STEPS.get((order.status, to))
    if allowed is None:
        raise Conflict(f"An order that is {order.status} cannot become {to}.")
    if not who & set(allowed):
        raise Forbidden(f"Only the {allowed[0]} can say that an order is {to}.")
    query = "UPDATE orders SET status = ? WHERE id = ? AND status = ?"
    if db.execute(query, (to, number, order.status)).rowcount == 0:
        raise Conflict("The order has just taken another step.")
    if to == "cancelled":
        give_back(db, number)
    return find(db, number)

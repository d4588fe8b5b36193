"""Refunds: never more than was paid, however many ask at once."""

import secrets

import msgspec
import orders
from database import Db, now
from refusals import Conflict, Forbidden, Reused, Unknown

REFUNDABLE = ("paid", "shipped", "delivered")


class Refund(msgspec.Struct, frozen=True):
    """`charge` is that of its order, at the provider."""

    id: str
    amount: int
    status: str
    charge: str | None


def ask(db: Db, seller: str, number: str, amount: int, key: str) -> tuple[Refund, bool]:
    """(refund, whether it is new). The amount is taken off what is left before anybody calls the provider."""
    order = orders.find(db, number, seller)
    if order.seller != seller:
        raise Forbidden("Only the seller can refund an order.")
    row = db.execute('SELECT id, amount FROM refunds WHERE "order" = ? AND key = ?', (number, key)).fetchone()
    if row is not None and row[1] != amount:
        raise Reused(key)
    if row is not None:
        return find(db, row[0]), False
    if order.status not in REFUNDABLE:
        raise Conflict(f"An order that is {order.status} cannot be refunded.")
    return start(db, number, amount, key), True


def start(db: Db, number: str, amount: int, key: str) -> Refund:
    query = "UPDATE orders SET refunded = refunded + ? WHERE id = ? AND refunded + ? <= total"
    if db.execute(query, (amount, number, amount)).rowcount == 0:
        raise Conflict("That is more than is left of what was paid.")
    refund = secrets.token_hex(12)
    db.execute('INSERT INTO refunds (id, "order", amount, key) VALUES (?, ?, ?, ?)', (refund, number, amount, key))
    db.execute("INSERT INTO outbox VALUES (?, 'refund', 0, ?)", (refund, now() + orders.LEASE))
    return find(db, refund)


def cancel(db: Db, viewer: str, number: str) -> tuple[orders.Order, Refund | None]:
    """A cancelled order gives its stock back, and what is left of the money."""
    order = orders.move(db, viewer, number, "cancelled")
    left = order.total - order.refunded
    refund = start(db, number, left, "cancellation") if left else None
    return orders.find(db, number), refund


def find(db: Db, refund: str) -> Refund:
    query = (
        "SELECT refunds.id, refunds.amount, refunds.status, orders.charge FROM refunds"
        ' JOIN orders ON orders.id = "order" WHERE refunds.id = ?'
    )
    row = db.execute(query, (refund,)).fetchone()
    if row is None:
        raise Unknown(refund)
    return Refund(*row)


def done(db: Db, refund: str) -> None:
    db.execute("UPDATE refunds SET status = 'done' WHERE id = ?", (refund,))
    db.execute("DELETE FROM outbox WHERE id = ?", (refund,))


def refused(db: Db, refund: str) -> None:
    """The provider will not: what was set aside for it is free again."""
    query = "UPDATE refunds SET status = 'failed' WHERE id = ? AND status = 'pending'"
    if db.execute(query, (refund,)).rowcount:
        query = (
            "UPDATE orders SET refunded = refunded - (SELECT amount FROM refunds WHERE id = ?)"
            ' WHERE id = (SELECT "order" FROM refunds WHERE id = ?)'
        )
        db.execute(query, (refund, refund))
    db.execute("DELETE FROM outbox WHERE id = ?", (refund,))


def told(db: Db, number: str, refunded: int) -> None:
    """The provider says how much it has refunded in all. The greater number is the newer one."""
    db.execute("UPDATE orders SET refunded = max(refunded, min(?, total)) WHERE id = ?", (refunded, number))

"""Carts of accounts and of guests. A cart holds nothing back: what is in it may be sold to somebody else."""

import secrets

import money
import products
from accounts import digest
from database import Db
from refusals import Conflict, Unknown

MOST_LINES, MOST_PIECES = 50, 99


def open_guest(db: Db) -> str:
    """The token of a new cart, of which only a hash is kept."""
    token = secrets.token_urlsafe(24)
    db.execute("INSERT INTO carts (token_hash) VALUES (?)", (digest(token),))
    return token


def of_guest(db: Db, token: str) -> int | None:
    row = db.execute("SELECT id FROM carts WHERE token_hash = ?", (digest(token),)).fetchone()
    return row[0] if row else None


def of_account(db: Db, account: str) -> int:
    return int(db.execute("SELECT id FROM carts WHERE account = ?", (account,)).fetchone()[0])


def lines(db: Db, cart: int) -> list[money.Line]:
    """At the prices of this moment, in the order of handles."""
    query = (
        "SELECT handle, name, price, percent_off, quantity FROM cart_lines JOIN products ON products.id = product"
        " WHERE cart = ? ORDER BY handle"
    )
    return [money.line(*row) for row in db.execute(query, (cart,))]


def put(db: Db, cart: int, handle: str, quantity: int) -> None:
    """From now on so many of it, however often it is said."""
    product = products.find(db, handle)
    query = (
        "INSERT INTO cart_lines VALUES (?, ?, ?) ON CONFLICT (cart, product) DO UPDATE SET quantity = excluded.quantity"
    )
    db.execute(query, (cart, product.id, quantity))
    _fits(db, cart)


def take_out(db: Db, cart: int, handle: str) -> None:
    query = "DELETE FROM cart_lines WHERE cart = ? AND product = (SELECT id FROM products WHERE handle = ?)"
    if db.execute(query, (cart, handle)).rowcount == 0:
        raise Unknown(handle)


def merge(db: Db, account: str, token: str) -> int:
    """Puts what the guest had to what the account has, and ends the guest's cart, so that it happens once."""
    guest, own = of_guest(db, token), of_account(db, account)
    if guest is None:
        raise Unknown("cart")
    query = (
        "INSERT INTO cart_lines SELECT ?, product, quantity FROM cart_lines WHERE cart = ?"
        f" ON CONFLICT (cart, product) DO UPDATE SET quantity = min(quantity + excluded.quantity, {MOST_PIECES})"
    )
    db.execute(query, (own, guest))
    _fits(db, own)
    db.execute("DELETE FROM carts WHERE id = ?", (guest,))
    return own


def empty(db: Db, cart: int) -> None:
    db.execute("DELETE FROM cart_lines WHERE cart = ?", (cart,))


def _fits(db: Db, cart: int) -> None:
    """Raised after the change, which the transaction then takes back."""
    query = (
        "SELECT count(*), count(DISTINCT seller) FROM cart_lines JOIN products ON products.id = product WHERE cart = ?"
    )
    count, sellers = db.execute(query, (cart,)).fetchone()
    if sellers > 1:
        raise Conflict("A cart holds the products of one seller.")
    if count > MOST_LINES:
        raise Conflict(f"A cart holds at most {MOST_LINES} products.")

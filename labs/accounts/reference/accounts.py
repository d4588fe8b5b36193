"""Accounts, and the links that open them: signups, password resets, identities elsewhere."""

import secrets
import sqlite3
from typing import Any

import msgspec
import outbox
from database import hash_of, new_secret
from rules import email_key, now

COLUMNS = "id, email, name, password_hash, role, disabled, totp_secret, totp_on, created_at"


class Account(msgspec.Struct, frozen=True):
    id: str
    email: str
    name: str
    password_hash: str | None  # None: signs in elsewhere only
    role: str
    disabled: int
    totp_secret: str | None
    totp_on: int
    created_at: int

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"


class Spent(Exception):
    """The link is unknown, was used, or is too old: three things that the answer does not tell apart."""


class NoAccount(Exception):
    """There is no such account."""


class Unverified(Exception):
    """Somebody else's address may be claimed, so it opens nothing."""


def find(db: sqlite3.Connection, account: str) -> Account:
    row = db.execute(f"SELECT {COLUMNS} FROM accounts WHERE id = ?", (account,)).fetchone()
    if row is None:
        raise NoAccount(account)
    return Account(*row)


def find_by_email(db: sqlite3.Connection, email: str) -> Account | None:
    row = db.execute(f"SELECT {COLUMNS} FROM accounts WHERE email_key = ?", (email_key(email),)).fetchone()
    return Account(*row) if row else None


def newest(db: sqlite3.Connection, email: str, most: int) -> list[Account]:
    """Of one address if it is given."""
    if email:
        account = find_by_email(db, email)
        return [account] if account else []
    query = f"SELECT {COLUMNS} FROM accounts ORDER BY created_at DESC LIMIT ?"
    return [Account(*row) for row in db.execute(query, (most,))]


def sign_up(db: sqlite3.Connection, email: str, name: str, password_hash: str, until: int, base_url: str) -> None:
    """Whoever reads the mails of the address learns what became of it, and nobody else does."""
    db.execute("DELETE FROM signups WHERE expires_at <= ?", (now(),))
    if find_by_email(db, email):
        body = f"Somebody, perhaps you, signed up with this address. You have an account: {base_url}/login\n"
        outbox.add(db, email, "You have an account already", body)
        return
    token, token_hash = new_secret()
    values = (token_hash, email, email_key(email), name, password_hash, until)
    db.execute("INSERT INTO signups VALUES (?, ?, ?, ?, ?, ?)", values)
    body = f"Welcome. Confirm that this address is yours:\n\n{base_url}/verify?token={token}\n"
    outbox.add(db, email, "Confirm your address", body)


def verify(db: sqlite3.Connection, token: str) -> Account:
    """Turns the signup that the link belongs to into an account."""
    row = db.execute(
        "DELETE FROM signups WHERE token_hash = ? AND expires_at > ? RETURNING email, name, password_hash",
        (hash_of(token), now()),
    ).fetchone()
    if row is None or find_by_email(db, row[0]):
        raise Spent
    account = add(db, row[0], row[1], row[2])
    db.execute("DELETE FROM signups WHERE email_key = ?", (email_key(row[0]),))
    return account


def add(db: sqlite3.Connection, email: str, name: str, password_hash: str | None, role: str = "user") -> Account:
    values = (secrets.token_hex(8), email, email_key(email), name, password_hash, role, now())
    columns = "id, email, email_key, name, password_hash, role, created_at"
    db.execute(f"INSERT INTO accounts ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    return find(db, values[0])


def change(db: sqlite3.Connection, account: str, changes: dict[str, Any]) -> Account:
    """The columns are named by us: the rules let no others through."""
    for column, value in changes.items():
        db.execute(f"UPDATE accounts SET {column} = ? WHERE id = ?", (value, account))
    return find(db, account)


def forgot_password(db: sqlite3.Connection, email: str, until: int, base_url: str) -> None:
    db.execute("DELETE FROM resets WHERE expires_at <= ?", (now(),))
    account = find_by_email(db, email)
    if account is None or account.disabled:
        return
    token, token_hash = new_secret()
    db.execute("INSERT INTO resets VALUES (?, ?, ?)", (token_hash, account.id, until))
    body = f"Choose a new password:\n\n{base_url}/reset?token={token}\n\nIf this was not you, do nothing.\n"
    outbox.add(db, account.email, "A new password", body)


def reset_password(db: sqlite3.Connection, token: str, password_hash: str) -> Account:
    """Ends every session: whoever knew the old password is out."""
    row = db.execute(
        "DELETE FROM resets WHERE token_hash = ? AND expires_at > ? RETURNING account", (hash_of(token), now())
    ).fetchone()
    if row is None:
        raise Spent
    db.execute("DELETE FROM resets WHERE account = ?", row)
    db.execute("DELETE FROM sessions WHERE account = ?", row)
    return change(db, row[0], {"password_hash": password_hash})


def use_totp_step(db: sqlite3.Connection, account: str, step: int) -> bool:
    """False if a code of this step, or of a later one, was used before."""
    query = "UPDATE accounts SET totp_step = ? WHERE id = ? AND totp_step < ?"
    return db.execute(query, (step, account, step)).rowcount == 1


def of_identity(db: sqlite3.Connection, claims: dict[str, Any]) -> Account:
    """The account of somebody whom the provider knows; made, or joined by address, at the first time."""
    identity = (claims["iss"], claims["sub"])
    known = "SELECT account FROM identities WHERE (issuer, subject) = (?, ?)"
    if row := db.execute(f"SELECT {COLUMNS} FROM accounts WHERE id = ({known})", identity).fetchone():
        return Account(*row)
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        raise Unverified
    account = find_by_email(db, email) or add(db, email, str(claims.get("name") or email)[:100], None)
    db.execute("INSERT INTO identities VALUES (?, ?, ?)", (*identity, account.id))
    return account


def ensure_admin(db: sqlite3.Connection, email: str, password_hash: str) -> None:
    """The first administrator, from the settings."""
    account = find_by_email(db, email) or add(db, email, "Administrator", None)
    change(db, account.id, {"role": "admin", "disabled": 0, "password_hash": password_hash})

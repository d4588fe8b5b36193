"""Sessions: who is signed in, by a cookie or by a pair of tokens. Each of them hangs on a row here."""

import secrets
import sqlite3

import msgspec
from accounts import COLUMNS, Account
from database import hash_of, new_secret
from rules import now

ACCOUNT = ", ".join(f"accounts.{column}" for column in COLUMNS.split(", "))
ALIVE = "sessions.expires_at > ? AND NOT accounts.disabled"


class Session(msgspec.Struct, frozen=True):
    id: str
    kind: str  # "page": its secret is the cookie; "token": its secret is the refresh token
    created_at: int


class Caller(msgspec.Struct, frozen=True):
    account: Account
    session: str


def start(db: sqlite3.Connection, account: str, kind: str, until: int) -> tuple[str, str]:
    """(session, secret)."""
    db.execute("DELETE FROM sessions WHERE expires_at <= ?", (now(),))
    session = secrets.token_hex(8)
    db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?)", (session, account, kind, now(), until))
    return session, _give_secret(db, session)


def refresh(db: sqlite3.Connection, token: str) -> tuple[Caller, str] | None:
    """The next refresh token. One that comes a second time was copied, so its session ends for both who have it."""
    row = db.execute("SELECT session, used FROM session_secrets WHERE hash = ?", (hash_of(token),)).fetchone()
    if row is None:
        return None
    session, used = row
    if used:
        end(db, session)
        return None
    caller = by_id(db, session)
    if caller is None or _kind(db, session) != "token":
        return None
    db.execute("UPDATE session_secrets SET used = 1 WHERE hash = ?", (hash_of(token),))
    return caller, _give_secret(db, session)


def by_id(db: sqlite3.Connection, session: str) -> Caller | None:
    query = f"SELECT {ACCOUNT} FROM sessions JOIN accounts ON accounts.id = account WHERE sessions.id = ? AND {ALIVE}"
    row = db.execute(query, (session, now())).fetchone()
    return Caller(Account(*row), session) if row else None


def by_cookie(db: sqlite3.Connection, value: str) -> Caller | None:
    query = (
        f"SELECT {ACCOUNT}, sessions.id FROM session_secrets JOIN sessions ON sessions.id = session"
        f" JOIN accounts ON accounts.id = account WHERE hash = ? AND kind = 'page' AND {ALIVE}"
    )
    row = db.execute(query, (hash_of(value), now())).fetchone()
    return Caller(Account(*row[:-1]), row[-1]) if row else None


def of_account(db: sqlite3.Connection, account: str) -> list[Session]:
    query = "SELECT id, kind, created_at FROM sessions WHERE account = ? AND expires_at > ? ORDER BY created_at DESC"
    return [Session(*row) for row in db.execute(query, (account, now()))]


def end(db: sqlite3.Connection, session: str) -> None:
    """Its secrets go with it."""
    db.execute("DELETE FROM sessions WHERE id = ?", (session,))


def end_own(db: sqlite3.Connection, account: str, session: str) -> bool:
    """False if the account has no such session."""
    return db.execute("DELETE FROM sessions WHERE id = ? AND account = ?", (session, account)).rowcount == 1


def end_all(db: sqlite3.Connection, account: str, but: str = "") -> None:
    db.execute("DELETE FROM sessions WHERE account = ? AND id != ?", (account, but))


def _give_secret(db: sqlite3.Connection, session: str) -> str:
    secret, secret_hash = new_secret()
    db.execute("INSERT INTO session_secrets (hash, session) VALUES (?, ?)", (secret_hash, session))
    return secret


def _kind(db: sqlite3.Connection, session: str) -> str:
    return str(db.execute("SELECT kind FROM sessions WHERE id = ?", (session,)).fetchone()[0])

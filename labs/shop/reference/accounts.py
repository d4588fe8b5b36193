"""Accounts and their keys. Only a hash of a key is kept; the key is random, so a fast hash is enough."""

import hashlib
import secrets

from database import Db


def add(db: Db, name: str) -> tuple[str, str]:
    """(id, key)."""
    account, key = secrets.token_hex(8), secrets.token_urlsafe(24)
    db.execute("INSERT INTO accounts VALUES (?, ?, ?)", (account, name, digest(key)))
    db.execute("INSERT INTO carts (account) VALUES (?)", (account,))
    return account, key


def of_key(db: Db, key: str) -> str | None:
    row = db.execute("SELECT id FROM accounts WHERE key_hash = ?", (digest(key),)).fetchone()
    return row[0] if row else None


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()

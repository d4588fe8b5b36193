"""People, their roles and keys, and the companies of recruiters."""

import hashlib
import secrets
import uuid
from typing import Any

import msgspec
from database import Session
from refusals import Invalid, Unknown

COLUMNS = "position, id, name, role, company"


class Person(msgspec.Struct, frozen=True):
    position: int
    id: str
    name: str
    role: str
    company: str | None


def add(db: Session, new: dict[str, Any]) -> tuple[Person, str]:
    """The person and their key. Only its hash is kept; the key is random, so a fast hash is enough."""
    company = new.get("company")
    if (new["role"] == "recruiter") != (company is not None):
        raise Invalid({"company": "is what a recruiter, and nobody else, works for"})
    key = secrets.token_urlsafe(24)
    company_id = _add_company(db, company) if company is not None else None
    sql = f"INSERT INTO people (id, name, role, company, key_hash) VALUES (?, ?, ?, ?, ?) RETURNING {COLUMNS}"
    return Person(*db.row(sql, str(uuid.uuid4()), new["name"], new["role"], company_id, _hash(key))), key


def add_admin(db: Session) -> str | None:
    """The key of the first admin; None if there is one."""
    if db.row("SELECT 1 FROM people WHERE role = 'admin' LIMIT 1"):
        return None
    return add(db, {"name": "admin", "role": "admin"})[1]


def _add_company(db: Session, name: str) -> str:
    company = str(uuid.uuid4())
    db.change("INSERT INTO companies (id, name) VALUES (?, ?)", company, name)
    return company


def of_key(db: Session, key: str) -> Person | None:
    """Asked for each request: whoever's role is changed has the new one from the next request on."""
    row = db.row(f"SELECT {COLUMNS} FROM people WHERE key_hash = ?", _hash(key))
    return Person(*row) if row else None


def page(db: Session, limit: int, before: int) -> list[Person]:
    sql = f"SELECT {COLUMNS} FROM people WHERE position < ? ORDER BY position DESC LIMIT ?"
    return [Person(*row) for row in db.rows(sql, before, limit)]


def change(db: Session, person_id: str, changes: dict[str, Any]) -> Person:
    row = db.row(f"SELECT {COLUMNS} FROM people WHERE id = ?{db.for_update}", person_id)
    if row is None:
        raise Unknown
    person = Person(*row)
    role, company = changes.get("role", person.role), person.company
    if "company" in changes:
        company = _add_company(db, changes["company"])
    if role == "recruiter" and company is None:
        raise Invalid({"company": "is missing: a recruiter works for one"})
    db.change("UPDATE people SET role = ?, company = ? WHERE id = ?", role, company, person_id)
    return msgspec.structs.replace(person, role=role, company=company)


def named(db: Session, ids: list[str]) -> dict[str, str]:
    """Id -> name of people."""
    return dict(db.rows(f"SELECT id, name FROM people WHERE id IN ({_marks(ids)})", *ids))


def companies(db: Session, ids: list[str]) -> dict[str, str]:
    """Id -> name of companies."""
    return dict(db.rows(f"SELECT id, name FROM companies WHERE id IN ({_marks(ids)})", *ids))


def _marks(ids: list[str]) -> str:
    return ", ".join("?" for _ in ids)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()

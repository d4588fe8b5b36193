"""Job postings: what recruiters write, and what everybody finds."""

import uuid
from collections.abc import Callable
from typing import Any

import msgspec
from database import Conflict, Session
from people import Person
from refusals import Forbidden, Stale, Taken, Unknown, WrongMove

COLUMNS = (
    "position, id, recruiter, company, reference, title, description, place, remote, salary, openings, hired, state,"
    " closes_at, created_at, version"
)
FIELDS = ("reference", "title", "description", "place", "remote", "salary", "openings", "state", "closes_at")
DEFAULTS = {"remote": False, "openings": 1, "state": "open"}
MOVES = {("draft", "open"), ("open", "closed"), ("closed", "open")}
OPEN = "state = 'open' AND (closes_at IS NULL OR closes_at > ?)"


class Posting(msgspec.Struct, frozen=True):
    """Times are in milliseconds since 1970."""

    position: int
    id: str
    recruiter: str
    company: str
    reference: str | None
    title: str
    description: str | None
    place: str | None
    remote: bool
    salary: int | None
    openings: int
    hired: int
    state: str
    closes_at: int | None
    created_at: int
    version: int

    def takes(self, now: int) -> bool:
        """Whether it takes applications."""
        return self.state == "open" and (self.closes_at is None or self.closes_at > now)


Expected = Callable[[Posting], bool]


def add(db: Session, recruiter: Person, draft: dict[str, Any], now: int) -> Posting:
    if recruiter.company is None:
        raise Forbidden
    fields = {**DEFAULTS, **draft}
    values = [fields.get(name) for name in FIELDS]
    row = db.row(
        f"INSERT INTO postings (id, recruiter, company, created_at, {', '.join(FIELDS)})"
        f" VALUES (?, ?, ?, ?{', ?' * len(FIELDS)}) ON CONFLICT (reference) DO NOTHING RETURNING {COLUMNS}",
        str(uuid.uuid4()), recruiter.id, recruiter.company, now, *values,
    )  # fmt: skip
    if row is None:
        raise Taken
    return Posting(*row)


def find(db: Session, recruiter: str, posting: str, *, to_change: bool = False) -> Posting:
    sql = f"SELECT {COLUMNS} FROM postings WHERE id = ? AND recruiter = ?"
    row = db.row(sql + (db.for_update if to_change else ""), posting, recruiter)
    if row is None:
        raise Unknown
    return Posting(*row)


def page(db: Session, recruiter: str, limit: int, before: int) -> list[Posting]:
    sql = f"SELECT {COLUMNS} FROM postings WHERE recruiter = ? AND position < ? ORDER BY position DESC LIMIT ?"
    return [Posting(*row) for row in db.rows(sql, recruiter, before, limit)]


def change(db: Session, recruiter: str, posting_id: str, changes: dict[str, Any], expected: Expected) -> Posting:
    posting = find(db, recruiter, posting_id, to_change=True)
    if not expected(posting):
        raise Stale
    state = changes.get("state", posting.state)
    if state != posting.state and (posting.state, state) not in MOVES:
        raise WrongMove
    new = msgspec.structs.replace(posting, version=posting.version + 1, **changes)
    assignments = ", ".join(f"{name} = ?" for name in FIELDS)
    values = [getattr(new, name) for name in FIELDS]
    try:
        db.change(f"UPDATE postings SET {assignments}, version = ? WHERE id = ?", *values, new.version, posting_id)
    except Conflict:
        raise Taken from None
    return new


def remove(db: Session, recruiter: str, posting_id: str, expected: Expected) -> None:
    posting = find(db, recruiter, posting_id, to_change=True)
    if not expected(posting):
        raise Stale
    db.change("DELETE FROM postings WHERE id = ?", posting_id)


def job(db: Session, posting_id: str, now: int, *, to_change: bool = False) -> Posting:
    """What everybody sees of it: nothing of a draft."""
    sql = f"SELECT {COLUMNS} FROM postings WHERE id = ? AND state <> 'draft'"
    row = db.row(sql + (db.for_update if to_change else ""), posting_id)
    if row is None:
        raise Unknown
    return Posting(*row)


def search(db: Session, filters: dict[str, Any], now: int, limit: int, before: int) -> list[Posting]:
    """Open jobs that fit all of the filters, the newest first."""
    conditions: list[str] = [OPEN, "position < ?"]
    values: list[Any] = [now, before]
    if text := filters.get("q"):
        conditions.append("(LOWER(title) LIKE ? ESCAPE '!' OR LOWER(description) LIKE ? ESCAPE '!')")
        values += [_pattern(text)] * 2
    if place := filters.get("place"):
        conditions.append("LOWER(place) = LOWER(?)")
        values.append(place)
    if "remote" in filters:
        conditions.append("remote = ?")
        values.append(filters["remote"])
    if "salary_from" in filters:
        conditions.append("salary >= ?")
        values.append(filters["salary_from"])
    sql = f"SELECT {COLUMNS} FROM postings WHERE {' AND '.join(conditions)} ORDER BY position DESC LIMIT ?"
    return [Posting(*row) for row in db.rows(sql, *values, limit)]


def of_companies(db: Session, keys: list[tuple[str, int]], now: int) -> dict[tuple[str, int], list[Posting]]:
    """(company, how many) -> its newest open jobs: one query for all companies."""
    ids = list(dict.fromkeys(company for company, _ in keys))
    sql = (
        f"SELECT {COLUMNS} FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY company ORDER BY position DESC) AS place_in"
        f" FROM postings WHERE {OPEN} AND company IN ({', '.join('?' for _ in ids)})) AS ranked"
        " WHERE place_in <= ? ORDER BY position DESC"
    )
    found = [Posting(*row) for row in db.rows(sql, now, *ids, max(first for _, first in keys))]
    return {(key, first): [one for one in found if one.company == key][:first] for key, first in keys}


def of_ids(db: Session, ids: list[str]) -> dict[str, Posting]:
    rows = db.rows(f"SELECT {COLUMNS} FROM postings WHERE id IN ({', '.join('?' for _ in ids)})", *ids)
    return {row[1]: Posting(*row) for row in rows}


def _pattern(text: str) -> str:
    for sign in "!%_":
        text = text.replace(sign, f"!{sign}")
    return f"%{text.lower()}%"

"""Notes and their full-text index.

The index is SQLite's FTS5 over the notes' text, kept in step by triggers (see the migration).
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Index, String, Table, Text, delete, select, text

from backroad.kit.db import UtcDateTime, metadata
from backroad.kit.rows import put
from backroad.notes.model import Note

note_table = Table(
    "note",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("learner", String(40), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("ref", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index("ix_note_place", "learner", "kind", "ref"),
    Index("ix_note_changed", "learner", "changed_at"),
)
n = note_table.c

# Markers that cannot be in a note: the control characters STX and ETX are refused when it is written.
OPEN, CLOSE = "\x02", "\x03"
_SEARCH = text(
    "SELECT note.id, snippet(note_search, 1, :open, :close, ' … ', 24) AS excerpt "
    "FROM note_search JOIN note ON note.id = note_search.id "
    "WHERE note_search MATCH :query AND note.learner = :learner "
    "ORDER BY rank, note.changed_at DESC, note.id DESC LIMIT :most OFFSET :skip"
)


def _note(row: Any) -> Note:
    return Note(**row)


def read(tx: Connection, learner: str, note_id: str) -> Note | None:
    row = tx.execute(select(note_table).where(n.learner == learner, n.id == note_id)).mappings().first()
    return _note(row) if row else None


def write(tx: Connection, note: Note) -> None:
    put(tx, note_table, {name: getattr(note, name) for name in note.__struct_fields__})


def remove(tx: Connection, learner: str, note_id: str) -> bool:
    return tx.execute(delete(note_table).where(n.learner == learner, n.id == note_id)).rowcount == 1


def at_place(tx: Connection, learner: str, kind: str, ref: str) -> list[Note]:
    found = select(note_table).where(n.learner == learner, n.kind == kind, n.ref == ref).order_by(n.created_at, n.id)
    return [_note(row) for row in tx.execute(found).mappings()]


def newest(tx: Connection, learner: str, most: int, before: tuple[Any, str] | None = None) -> list[Note]:
    """Most recently changed first; `before` is the (changed_at, id) of the last one already seen."""
    found = select(note_table).where(n.learner == learner).order_by(n.changed_at.desc(), n.id.desc()).limit(most)
    if before is not None:
        moment, note_id = before
        found = found.where((n.changed_at < moment) | ((n.changed_at == moment) & (n.id < note_id)))
    return [_note(row) for row in tx.execute(found).mappings()]


def search(tx: Connection, learner: str, query: str, most: int, skip: int = 0) -> Sequence[tuple[Note, str]]:
    given = {"query": query, "learner": learner, "most": most, "skip": skip, "open": OPEN, "close": CLOSE}
    rows = tx.execute(_SEARCH, given).all()
    notes = {
        row["id"]: _note(row)
        for row in tx.execute(select(note_table).where(n.id.in_([row.id for row in rows]))).mappings()
    }
    return [(notes[row.id], row.excerpt) for row in rows]

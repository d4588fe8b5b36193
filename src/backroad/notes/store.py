"""Notes. Their full-text index lies in `full_text_sqlite` and `full_text_postgresql`."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Index, String, Table, Text, delete, select

from backroad.kit.db import UtcDateTime, metadata
from backroad.kit.rows import first_of_each, put
from backroad.notes import full_text_postgresql, full_text_sqlite
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


def at_places(tx: Connection, learner: str, kind: str, refs: Sequence[str], most: int) -> dict[str, list[Note]]:
    """The oldest of each place of a kind."""
    where = (n.learner == learner, n.kind == kind, n.ref.in_(refs))
    found: dict[str, list[Note]] = {}
    for row in tx.execute(first_of_each(note_table, n.ref, (n.created_at, n.id), most, *where)).mappings():
        found.setdefault(row["ref"], []).append(_note(row))
    return found


def newest(
    tx: Connection, learner: str, most: int, before: tuple[Any, str] | None = None, **only: str | None
) -> list[Note]:
    """Most recently changed first; `before` is the (changed_at, id) of the last one already seen."""
    found = select(note_table).where(n.learner == learner).order_by(n.changed_at.desc(), n.id.desc()).limit(most)
    found = found.where(*(n[name] == value for name, value in only.items() if value is not None))
    if before is not None:
        moment, note_id = before
        found = found.where((n.changed_at < moment) | ((n.changed_at == moment) & (n.id < note_id)))
    return [_note(row) for row in tx.execute(found).mappings()]


def search(tx: Connection, learner: str, words: Sequence[str], most: int, skip: int = 0) -> list[tuple[Note, str]]:
    """Notes that hold every word, the last one perhaps unfinished, best first; each with an excerpt (see `marks`)."""
    engine = full_text_sqlite if tx.dialect.name == "sqlite" else full_text_postgresql
    rows = engine.search(tx, learner, words, most, skip)
    notes = {
        row["id"]: _note(row)
        for row in tx.execute(select(note_table).where(n.id.in_([note_id for note_id, _ in rows]))).mappings()
    }
    return [(notes[note_id], excerpt) for note_id, excerpt in rows]

"""Searching notes with FTS5. The index is kept in step by triggers (see the first migration)."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from backroad.notes.marks import CLOSE, OPEN

_SEARCH = text(
    "SELECT note.id, snippet(note_search, 1, :open, :close, ' … ', 24) AS excerpt "
    "FROM note_search JOIN note ON note.id = note_search.id "
    "WHERE note_search MATCH :query AND note.learner = :learner "
    "ORDER BY rank, note.changed_at DESC, note.id DESC LIMIT :most OFFSET :skip"
)


def search(tx: Connection, learner: str, words: Sequence[str], most: int, skip: int) -> list[tuple[str, str]]:
    """(id, excerpt) of each note found, best first."""
    query = " ".join(f'"{word}"' for word in words) + "*"
    given = {"query": query, "learner": learner, "most": most, "skip": skip, "open": OPEN, "close": CLOSE}
    return [(row.id, row.excerpt) for row in tx.execute(_SEARCH, given)]

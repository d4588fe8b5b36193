"""Searching notes with PostgreSQL's text search. The index is a generated column (see the first migration)."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from backroad.kit.folding import fold
from backroad.notes.marks import CLOSE, OPEN

# The words are quoted for to_tsquery; the markers cannot hold quotes.
_EXCERPT = f"StartSel={OPEN}, StopSel={CLOSE}, MaxWords=24, MinWords=12, MaxFragments=1"
_SEARCH = text(
    f"SELECT note.id, note.text, ts_headline('simple', note.text, query, '{_EXCERPT}') AS excerpt "
    "FROM note, to_tsquery('simple', :query) AS query "
    "WHERE note.learner = :learner AND note.search @@ query "
    "ORDER BY ts_rank(note.search, query) DESC, note.changed_at DESC, note.id DESC LIMIT :most OFFSET :skip"
)


def search(tx: Connection, learner: str, words: Sequence[str], most: int, skip: int) -> list[tuple[str, str]]:
    """(id, excerpt) of each note found, best first."""
    query = " & ".join(f"'{fold(word)}'" for word in words) + ":*"
    given = {"query": query, "learner": learner, "most": most, "skip": skip}
    return [(row.id, _cut(row.excerpt, row.text)) for row in tx.execute(_SEARCH, given)]


def _cut(excerpt: str, whole: str) -> str:
    """With an ellipsis where the note goes on, which PostgreSQL does not say."""
    plain = excerpt.replace(OPEN, "").replace(CLOSE, "").strip()
    before, after = ("" if whole.strip().startswith(plain) else " … "), ("" if whole.strip().endswith(plain) else " … ")
    return f"{before}{excerpt}{after}"

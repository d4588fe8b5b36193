"""Writing, changing, finding and removing notes."""

import re
from collections.abc import Callable
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection

from backroad.kit.errors import NotFound, Problem
from backroad.kit.ids import new_id
from backroad.notes import store
from backroad.notes.marks import CLOSE, OPEN
from backroad.notes.model import LONGEST, PLACE_KINDS, Hit, Note, PlaceKind

MOST_FOUND = 50


def add(
    tx: Connection, learner: str, kind: str, ref: str, text: str, now: datetime, knows: Callable[[str, str], bool]
) -> Note:
    """Attach a note. `knows(kind, ref)` says whether there is such a skill, lab or drill."""
    place = _place(kind, ref, knows)
    note = Note(new_id(), learner, place, ref, _checked(text), now, now)
    store.write(tx, note)
    return note


def change(tx: Connection, learner: str, note_id: str, text: str, now: datetime) -> Note:
    note = msgspec.structs.replace(get(tx, learner, note_id), text=_checked(text), changed_at=now)
    store.write(tx, note)
    return note


def get(tx: Connection, learner: str, note_id: str) -> Note:
    note = store.read(tx, learner, note_id)
    if note is None:
        raise NotFound("There is no such note.")
    return note


def remove(tx: Connection, learner: str, note_id: str) -> None:
    if not store.remove(tx, learner, note_id):
        raise NotFound("There is no such note.")


def search(tx: Connection, learner: str, words: str, most: int = MOST_FOUND, skip: int = 0) -> list[Hit]:
    """Notes that hold every word, best first; the last word may be unfinished."""
    terms = re.findall(r"\w+", words[:200])
    if not terms:
        return []
    return [Hit(note, _pieces(excerpt)) for note, excerpt in store.search(tx, learner, terms, most, skip)]


def _pieces(excerpt: str) -> tuple[tuple[bool, str], ...]:
    """Split at the markers: `a <b> c` becomes (False, "a "), (True, "b"), (False, " c")."""
    pieces = re.split(f"({OPEN}.*?{CLOSE})", excerpt, flags=re.DOTALL)
    return tuple((piece[0] == OPEN, piece.strip(OPEN + CLOSE)) for piece in pieces if piece)


def _place(kind: str, ref: str, knows: Callable[[str, str], bool]) -> PlaceKind:
    for known in PLACE_KINDS:
        if kind == known:
            if not (is_day(ref) if kind == "day" else knows(kind, ref)):
                raise NotFound(f"There is no {kind} called {ref[:80]!r}.")
            return known
    raise Problem(f"A note cannot hang on a {kind[:40]!r}.", f"Choose one of: {', '.join(PLACE_KINDS)}.")


def is_day(ref: str) -> bool:
    try:
        return date.fromisoformat(ref).isoformat() == ref
    except ValueError:
        return False


def _checked(text: str) -> str:
    clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text.replace("\r\n", "\n")).strip()
    if not clean:
        raise Problem("The note is empty.", "Write something, or remove the note.", status=422)
    if len(clean) > LONGEST:
        raise Problem(f"The note has {len(clean):,} characters.", f"At most {LONGEST:,} fit in one.", status=413)
    return clean

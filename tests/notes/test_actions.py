"""Notes: what is kept, what is found, and whose they are."""

import itertools
import string
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backroad.kit.db import Database
from backroad.kit.errors import NotFound, Problem
from backroad.notes import actions, store
from backroad.notes.model import Note
from backroad.notes.places import Places
from backroad.product import Product
from tests.databases import settings_of

NOW = datetime(2027, 1, 4, 10, tzinfo=UTC)
PLACES = Places(
    skills={"sql.joins": "Joins"}, labs={"shortener": "URL shortener"}, drills={"sql.joins/one": "Joins: one"}
)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One database for all of these tests: each writes as a learner of its own."""
    made = Product.open(settings_of(tmp_path_factory.mktemp("notes")))
    yield made
    made.close()


@pytest.fixture
def db(product: Product) -> Database:
    return product.db


LEARNERS = itertools.count()


@pytest.fixture
def me() -> str:
    return f"learner-{next(LEARNERS)}"


def add(db: Database, me: str, text: str, *, kind: str = "skill", ref: str = "sql.joins", now: datetime = NOW) -> Note:
    return db.run_now(lambda tx: actions.add(tx, me, kind, ref, text, now, PLACES.knows))


def found(db: Database, me: str, words: str) -> list[str]:
    return [hit.note.text for hit in db.run_now(lambda tx: actions.search(tx, me, words))]


def test_a_note_hangs_on_something_that_is_there(db: Database, me: str) -> None:
    for kind, ref in [("skill", "sql.joins"), ("lab", "shortener"), ("drill", "sql.joins/one"), ("day", "2027-01-04")]:
        assert add(db, me, "text", kind=kind, ref=ref).ref == ref
    for kind, ref in [
        ("skill", "shortener"),
        ("lab", ""),
        ("drill", "sql.joins"),
        ("day", "2027-1-4"),
        ("day", "20270104"),
    ]:
        with pytest.raises(NotFound):
            add(db, me, "text", kind=kind, ref=ref)
    with pytest.raises(Problem, match="cannot hang on a 'moon'"):
        add(db, me, "text", kind="moon")


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("a\r\nb", "a\nb"),
        ("  a\n\n", "a"),
        ("a\x00\x02b\x1f\tc", "ab\tc"),
        ("\u202eabc 🚧", "\u202eabc 🚧"),
        ("x" * 100_000, "x" * 100_000),
    ],
)
def test_what_is_kept(db: Database, me: str, given_text: str, kept: str) -> None:
    assert add(db, me, given_text).text == kept


@pytest.mark.parametrize(("text", "status"), [("", 422), (" \n\t\x00", 422), ("x" * 100_001, 413)])
def test_what_is_refused(db: Database, me: str, text: str, status: int) -> None:
    note = add(db, me, "before")
    for write in (
        lambda: add(db, me, text),
        lambda: db.run_now(lambda tx: actions.change(tx, me, note.id, text, NOW)),
    ):
        with pytest.raises(Problem) as told:
            write()
        assert told.value.status == status
    assert db.run_now(lambda tx: actions.get(tx, me, note.id)) == note


def test_others_see_nothing(db: Database, me: str) -> None:
    note = add(db, me, "a secret zebra")
    for touch in (
        lambda tx: actions.get(tx, "somebody", note.id),
        lambda tx: actions.change(tx, "somebody", note.id, "mine now", NOW),
        lambda tx: actions.remove(tx, "somebody", note.id),
    ):
        with pytest.raises(NotFound):
            db.run_now(touch)
    assert found(db, "somebody", "zebra") == []
    assert db.run_now(lambda tx: store.newest(tx, "somebody", 10)) == []
    assert db.run_now(lambda tx: actions.get(tx, me, note.id)) == note


def test_changing_moves_a_note_to_the_top(db: Database, me: str) -> None:
    first, second = add(db, me, "first"), add(db, me, "second", now=NOW + timedelta(minutes=1))
    assert [note.id for note in db.run_now(lambda tx: store.newest(tx, me, 10))] == [second.id, first.id]
    changed = db.run_now(lambda tx: actions.change(tx, me, first.id, "changed", NOW + timedelta(minutes=2)))
    assert (changed.created_at, changed.changed_at) == (NOW, NOW + timedelta(minutes=2))
    assert [note.id for note in db.run_now(lambda tx: store.newest(tx, me, 10))] == [first.id, second.id]


def test_search_wants_every_word_and_the_index_follows(db: Database, me: str) -> None:
    note = add(db, me, "A *covering* index saves the lookup; naïve Größe")
    assert found(db, me, "index covering") == [note.text]
    assert found(db, me, "NAIVE groß") == [note.text], "without case and accents, the last word unfinished"
    assert found(db, me, "cover index") == [], "only the last word may be unfinished"
    assert found(db, me, "index zebra") == []
    db.run_now(lambda tx: actions.change(tx, me, note.id, "zebra", NOW))
    assert found(db, me, "index") == []
    assert found(db, me, "zebra") == ["zebra"]
    db.run_now(lambda tx: actions.remove(tx, me, note.id))
    assert found(db, me, "zebra") == []


def test_the_excerpt_marks_what_was_found(db: Database, me: str) -> None:
    add(db, me, "before " * 40 + "the zebra crossing" + " after" * 40)
    (hit,) = db.run_now(lambda tx: actions.search(tx, me, "zebra cross"))
    assert [text for matched, text in hit.excerpt if matched] == ["zebra", "crossing"]
    assert "".join(text for _, text in hit.excerpt).startswith(" … before")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60) | st.text(string.punctuation + "ANDORNEAR* ", max_size=30))
def test_no_search_is_a_fault(db: Database, me: str, words: str) -> None:
    found(db, me, words)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(string.ascii_letters + string.digits + "äßéñ漢字かな", min_size=1, max_size=12))
def test_every_written_word_is_found(db: Database, me: str, word: str) -> None:
    note = add(db, me, f"before {word} after")
    assert note.text in found(db, me, word)


def test_titles_and_addresses_of_places() -> None:
    assert PLACES.title("skill", "sql.joins") == "Joins"
    assert PLACES.title("skill", "gone.skill") == "gone.skill", "content may lose what a note was written on"
    assert PLACES.title("day", "2027-01-04") == "Monday, 4 January 2027"
    assert PLACES.href("drill", "sql.joins/one") == "/drills/sql.joins/one"
    assert PLACES.href("day", "2027-01-04") == PLACES.href("skill", "gone.skill") == "/notes"
    with pytest.raises(NotFound):
        PLACES.check("lab", "none")

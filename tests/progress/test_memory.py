"""The learner's memory in the database: their retention, the fit, the cap of a day, and leeches."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from backroad.accounts import actions as accounts
from backroad.kit.db import Database
from backroad.progress import actions, store
from backroad.progress.fit import FIRST_FIT
from backroad.progress.model import Memory

from .samples import FACTS, SKILL, as_new, at, done, right

TODAY = date(2027, 3, 1)


def settle(db: Database, **changes: Any) -> None:
    answers: dict[str, Any] = {
        "road": "canonical",
        "roads": ["canonical"],
        "language": "python",
        "minutes": [60] * 7,
        "start": TODAY,
        "days_off": (),
        "now": datetime(2027, 3, 1, tzinfo=UTC),
    }
    db.run_now(lambda tx: accounts.settle(tx, **{**answers, **changes}))


def add(db: Database, *items: Any) -> None:
    news = [as_new(item) for item in items]
    db.run_now(lambda tx: actions.record(tx, "local", news, now=at(400), facts=FACTS))


def state(db: Database) -> Any:
    return db.run_now(
        lambda tx: (store.cards(tx, "local"), store.standings(tx, "local"), actions.memory_of(tx, "local"))
    )


def test_looking_at_nothing_keeps_nothing(db: Database) -> None:
    assert db.run_now(lambda tx: actions.memory_of(tx, "local")) == Memory()
    assert db.run_now(lambda tx: store.memory(tx, "local")) is None


def test_another_retention_moves_the_cards_at_the_next_look(db: Database) -> None:
    settle(db)
    add(db, *right("a", "b"))
    (before, *_), _, _ = state(db)
    settle(db, retention=80)
    assert db.run_now(lambda tx: actions.due_reviews(tx, "local", before.due)) == []
    (after, *_), _, memory = state(db)
    assert after.due > before.due
    assert after.stability == before.stability
    assert memory.retention == 80
    settle(db, retention=90)
    db.run_now(lambda tx: actions.forecast(tx, "local", TODAY, 9))
    assert state(db)[0][0] == before


def test_enough_reviews_fit_the_memory_and_make_all_cards_anew(db: Database) -> None:
    names = [f"d{number}" for number in range(FIRST_FIT)]
    add(db, *right(*names))
    add(db, *[done("review", name, "failed", 2) for name in names[:-1]])
    cards, _, memory = state(db)
    assert (memory.scale, memory.reviews) == (1.0, FIRST_FIT - 1)
    add(db, done("review", names[-1], "failed", 2))
    forgetful, standings, memory = state(db)
    assert memory.scale < 0.5
    assert memory.reviews == FIRST_FIT
    assert forgetful[0].stability < cards[0].stability
    ((_, known),) = standings
    assert {stability for stability, _ in known} == {card.stability for card in forgetful}
    db.run_now(lambda tx: actions.rebuild(tx, "local", facts=FACTS))
    assert state(db) == (forgetful, standings, memory)


def test_a_day_takes_as_many_reviews_as_the_settings_say(db: Database) -> None:
    settle(db, reviews_a_day=2)
    add(db, *right("a", "b", "c", "d", "e"))
    due = TODAY + timedelta(days=2)

    def asked(day: date, limit: int | None = None) -> list[str]:
        return [card.ref[-1] for card in db.run_now(lambda tx: actions.due_reviews(tx, "local", day, limit))]

    assert (asked(due), asked(due, 1)) == (["a", "b"], ["a"])
    forecast = db.run_now(lambda tx: actions.forecast(tx, "local", due, 3))
    assert forecast == {due: 2, due + timedelta(days=1): 2, due + timedelta(days=2): 1}
    assert db.run_now(lambda tx: actions.forecast(tx, "local", due, 3, as_they_fall_due=True)) == {due: 5}
    add(db, done("review", "a", "passed", 2))
    assert asked(due) == ["b"]
    add(db, done("review", "b", "passed", 2))
    assert asked(due) == []
    assert asked(due + timedelta(days=1)) == ["c", "d"]


@pytest.mark.parametrize(("misses", "found"), [(3, []), (4, [f"{SKILL}/a"])])
def test_a_leech_is_missed_four_times_in_reviews(db: Database, misses: int, found: list[str]) -> None:
    add(db, *right("a", "b"), *[done("review", "a", "failed", 2 * number) for number in range(1, misses + 1)])
    assert [card.ref for card in db.run_now(lambda tx: actions.leeches(tx, "local"))] == found


def test_a_leech_that_is_remembered_for_weeks_is_none_any_more(db: Database) -> None:
    add(db, *right("a"), *[done("review", "a", "failed", number) for number in range(1, 6)])
    day = 6
    while db.run_now(lambda tx: actions.leeches(tx, "local")):
        add(db, done("review", "a", "passed", day))
        day = max(day + 1, (state(db)[0][0].due - TODAY).days)
        assert day < 400

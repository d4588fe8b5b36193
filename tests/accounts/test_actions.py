"""Settling in: what is taken, what is refused, and days off as people type them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backroad.accounts import actions, store
from backroad.accounts.model import FIRST_DAY, LAST_DAY, Learner
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from tests.databases import database_url

NOW = datetime(2027, 1, 4, 10, tzinfo=UTC)
ANSWERS: dict[str, Any] = {
    "road": "canonical",
    "roads": ("canonical", "other"),
    "language": "python",
    "minutes": [60, 60, 60, 60, 60, 120, 0],
    "start": date(2027, 1, 4),
    "days_off": [date(2027, 1, 6)],
    "now": NOW,
}


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    made = Database(database_url(tmp_path / "test.db"))
    made.run_now(lambda tx: store.learner_table.create(tx, checkfirst=True))
    yield made
    made.close()


def settle(db: Database, **changes: object) -> Learner:
    return db.run_now(lambda tx: actions.settle(tx, **{**ANSWERS, **changes}))


def test_there_is_nobody_before_the_questions(db: Database) -> None:
    assert not db.run_now(actions.is_set_up)
    with pytest.raises(actions.NotSetUp) as told:
        db.run_now(actions.the_learner)
    assert told.value.status == 409


def test_what_is_settled_is_read_back(db: Database) -> None:
    learner = settle(db, deadline=date(2027, 12, 31), drop_optional=True)
    assert db.run_now(actions.the_learner) == learner
    assert learner.minutes == (60, 60, 60, 60, 60, 120, 0)
    assert learner.created_at == NOW


def test_changing_keeps_the_day_of_the_first_visit(db: Database) -> None:
    settle(db)
    later = settle(db, language="go", now=NOW + timedelta(days=9), days_off=[])
    assert (later.language, later.created_at, later.days_off) == ("go", NOW, ())
    assert db.run_now(actions.the_learner) == later


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"road": "nowhere"}, "There is no road called 'nowhere'"),
        ({"language": "cobol"}, "There is no language track called 'cobol'"),
        ({"minutes": [60] * 6}, "There are 6 numbers of minutes"),
        ({"minutes": [60] * 6 + [961]}, "Sunday has 961 minutes"),
        ({"minutes": [-1] + [60] * 6}, "Monday has -1 minutes"),
        ({"minutes": [2] * 7}, "less than 60 minutes"),
        ({"deadline": date(2027, 1, 4)}, "The deadline is not after the start date"),
        ({"start": FIRST_DAY - timedelta(days=1)}, "1999-12-31 is out of range"),
        ({"deadline": LAST_DAY + timedelta(days=1)}, "2200-01-01 is out of range"),
    ],
)
def test_what_is_refused_changes_nothing(db: Database, change: dict[str, object], said: str) -> None:
    before = settle(db)
    with pytest.raises(Problem, match=said):
        settle(db, **change)
    assert db.run_now(actions.the_learner) == before


def test_a_day_off_and_a_day_without_time() -> None:
    learner = Learner(
        "local", "canonical", "python", (60, 60, 60, 60, 60, 120, 0), date(2027, 1, 4), NOW, (date(2027, 1, 6),)
    )
    week = [learner.available(date(2027, 1, 4) + timedelta(days=number)) for number in range(7)]
    assert week == [60, 60, 0, 60, 60, 120, 0]
    assert [learner.is_off(date(2027, 1, 4) + timedelta(days=number)) for number in (0, 2, 6)] == [False, True, True]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("", 0),
        (" \n , ,\n", 0),
        ("2027-01-06", 1),
        ("2027-01-06, 2027-01-06\n2027-01-06..2027-01-06", 1),
        ("2027-07-01..2027-07-14", 14),
        ("2027-07-01 .. 2027-07-14,2027-12-24\r\n2027-12-31", 16),
        ("2028-02-28..2028-03-01", 3),
    ],
)
def test_days_off_as_people_type_them(text: str, days: int) -> None:
    assert len(actions.parse_days(text)) == days


@pytest.mark.parametrize(
    "text",
    ["never", "2027-02-29", "2027-07-14..2027-07-01", "2027-01-01..2029-01-01", "..", "2027-01-01..x", "1.2.2027"],
)
def test_days_off_that_are_none(text: str) -> None:
    with pytest.raises(Problem) as told:
        actions.parse_days(text)
    assert told.value.hint


@given(st.lists(st.dates(date(2026, 12, 20), date(2027, 2, 10)), max_size=60))
def test_days_off_survive_being_written_and_read(days: list[date]) -> None:
    wanted = tuple(sorted(set(days)))
    assert actions.parse_days(actions.format_days(wanted)) == wanted


def test_a_break_is_every_day_of_it() -> None:
    assert actions.break_days(date(2027, 7, 1), date(2027, 7, 3)) == tuple(date(2027, 7, day) for day in (1, 2, 3))
    assert len(actions.break_days(date(2027, 7, 1), date(2027, 7, 1))) == 1


@pytest.mark.parametrize("last", [date(2027, 6, 30), date(2028, 7, 2)])
def test_a_break_ends_after_it_begins_and_within_a_year(last: date) -> None:
    with pytest.raises(Problem, match="not a break"):
        actions.break_days(date(2027, 7, 1), last)


@pytest.mark.parametrize(
    "change",
    [
        {"study_from": "24:00"},
        {"study_from": "6pm"},
        {"study_from": "18:00\n"},
        {"retention": 79},
        {"retention": 96},
        {"reviews_a_day": 0},
        {"reviews_a_day": 1000},
        {"calendar_token": "short"},
        {"calendar_token": "../" * 9},
    ],
)
def test_settings_out_of_range_are_refused(db: Database, change: dict[str, Any]) -> None:
    with pytest.raises(Problem):
        settle(db, **change)
    assert not db.run_now(actions.is_set_up)


def test_the_calendars_address_stays_until_it_is_renewed(db: Database) -> None:
    first = settle(db).calendar_token
    assert len(first) >= 32
    later = settle(db, language="go", calendar_token="x" * 32)
    assert later.calendar_token == first
    renewed = db.run_now(lambda tx: actions.renew_calendar(tx, later))
    assert renewed.calendar_token != first
    assert db.run_now(actions.the_learner) == renewed


def test_a_new_learner_keeps_the_address_of_an_import(db: Database) -> None:
    assert settle(db, calendar_token="x" * 32).calendar_token == "x" * 32


def test_changing_one_answer_leaves_the_others(db: Database) -> None:
    learner = settle(db, study_from="06:30", retention=85, reviews_a_day=20)
    changed = db.run_now(lambda tx: actions.change(tx, learner, (), NOW, deadline=date(2028, 1, 1)))
    assert msgspec.structs.replace(changed, deadline=None) == learner

"""Calendars read back by the library: what is in them, when, and that a move keeps the event."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from icalendar import Calendar, Event

from backroad.accounts.model import Learner
from backroad.calendar.feed import feed
from backroad.planner.model import Day, Plan, Session

MONDAY = date(2027, 1, 4)
NOW = datetime(2027, 1, 4, 9, 30, tzinfo=UTC)
LEARNER = Learner(
    "local", "canonical", "python", (60,) * 7, MONDAY, datetime(2027, 1, 1, tzinfo=UTC), calendar_token="t" * 32
)
JOINS = Session("learn", "sql.joins", "Joins, outer; and \\ others", 36)
LAB = Session("build", "shortener", "URL shortener: It answers", 30, 2, 3, stage=1, optional=True)
REVIEWS = Session("review", "2027-01-04", "4 reviews", 3)


def made(*days: Day) -> Plan:
    return Plan(days, days[-1].date, None, 60)


def events(plan: Plan, learner: Learner = LEARNER, now: datetime = NOW) -> list[Event]:
    content, count = feed(plan, learner, address="http://127.0.0.1:8321", now=now, today=MONDAY)
    assert all(len(line) <= 75 for line in content.split(b"\r\n")), "RFC 5545 folds lines after 75 bytes"
    found = list(Calendar.from_ical(content).walk("VEVENT"))
    assert len(found) == count
    return found


def test_sessions_follow_one_another_from_the_hour_of_the_settings() -> None:
    reviews, joins, lab = events(made(Day(MONDAY, 90, (REVIEWS, JOINS, LAB))))
    assert [event["dtstart"].dt for event in (reviews, joins, lab)] == [
        datetime(2027, 1, 4, 18, 0),
        datetime(2027, 1, 4, 18, 3),
        datetime(2027, 1, 4, 18, 39),
    ]
    assert lab["dtend"].dt == datetime(2027, 1, 4, 19, 9)
    assert [event["summary"] for event in (reviews, joins, lab)] == [
        "4 reviews",
        "Learn: Joins, outer; and \\ others",
        "Build: URL shortener: It answers (2 of 3)",
    ]
    assert [event["url"] for event in (reviews, joins, lab)] == [
        f"http://127.0.0.1:8321/{place}" for place in ("reviews", "skills/sql.joins", "labs/shortener")
    ]
    assert lab["categories"].cats == ["Backroad", "build"]
    assert joins["dtstamp"].dt == NOW


def test_a_session_that_moves_keeps_its_event() -> None:
    learner = msgspec.structs.replace(LEARNER, study_from="07:15")
    (before,) = events(made(Day(MONDAY, 60, (JOINS,))))
    (after,) = events(made(Day(MONDAY + timedelta(days=3), 60, (JOINS,))), learner, NOW + timedelta(minutes=5))
    assert before["uid"] == after["uid"]
    assert after["dtstart"].dt == datetime(2027, 1, 7, 7, 15)
    assert after["sequence"] > before["sequence"]
    assert after["last-modified"].dt > before["last-modified"].dt


def test_each_part_is_an_event_of_its_own() -> None:
    parts = [msgspec.structs.replace(JOINS, part=number, parts=2) for number in (1, 2)]
    days = [Day(MONDAY + timedelta(days=number), 60, (part,)) for number, part in enumerate(parts)]
    assert len({event["uid"] for event in events(made(*days))}) == 2


def test_two_learners_have_different_events() -> None:
    plan, other = made(Day(MONDAY, 60, (JOINS,))), msgspec.structs.replace(LEARNER, created_at=NOW)
    assert events(plan)[0]["uid"] != events(plan, other)[0]["uid"]


def test_what_is_done_or_far_or_past_is_left_out() -> None:
    done = msgspec.structs.replace(JOINS, done=True)
    days = [Day(MONDAY - timedelta(days=1), 60, (LAB,)), Day(MONDAY, 60, (done, REVIEWS))]
    days += [Day(MONDAY + timedelta(days=number), 60, (JOINS,)) for number in (89, 90)]
    assert [event["dtstart"].dt.date() for event in events(made(*days))] == [MONDAY, MONDAY + timedelta(days=89)]


@pytest.mark.parametrize(("minutes", "hour"), [(360, 18), (420, 17), (960, 8), (2000, 0)])
def test_a_long_day_begins_earlier_so_that_it_ends_by_midnight(minutes: int, hour: int) -> None:
    (event,) = events(made(Day(MONDAY, 960, (msgspec.structs.replace(JOINS, minutes=minutes),))))
    assert event["dtstart"].dt == datetime(2027, 1, 4, hour)


def test_an_empty_plan_is_an_empty_calendar() -> None:
    assert events(Plan((), None, None, 0)) == []

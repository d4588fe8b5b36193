"""A missed day replans at once and shows what moved."""

from datetime import date, timedelta

import msgspec
from hypothesis import given, settings

from backroad.planner.changes import what_moved
from backroad.planner.model import Availability, Day, Item, Request, Session, Stage
from backroad.planner.schedule import plan

from .requests import requests, wishful

MONDAY = date(2027, 5, 3)


def road(*names: str) -> tuple[Item, ...]:
    return tuple(Item(name, "skill", name.title(), 60, drills=0) for name in names)


def ask(today: date, items: tuple[Item, ...], history: tuple[Day, ...] = ()) -> Request:
    return Request(items, Availability((60,) * 7), MONDAY, today, history=history)


def test_missed_days_move_the_rest() -> None:
    old = plan(ask(MONDAY, road("a", "b", "c", "d")))
    today = MONDAY + timedelta(days=2)
    changes = what_moved(old, plan(ask(today, road("a", "b", "c", "d"))), today)
    assert changes.summary == "2 days missed; the end moves from 6 May to 8 May; 4 sessions moved."
    assert [(move.ref, move.reason) for move in changes.moves] == [
        ("a", "missed"),
        ("b", "missed"),
        ("c", "later"),
        ("d", "later"),
    ]
    assert (changes.moves[0].before, changes.moves[0].after) == (MONDAY, today)


def test_what_was_done_has_not_moved() -> None:
    old = plan(ask(MONDAY, road("a", "b")))
    done = Day(MONDAY, 60, (Session("learn", "a", "A", 60, done=True),))
    items = (msgspec.structs.replace(road("a")[0], learned=True), *road("b"))
    changes = what_moved(old, plan(ask(MONDAY + timedelta(days=1), items, (done,))), MONDAY + timedelta(days=1))
    assert changes.moves == ()
    assert changes.summary == "Nothing moves."


def test_what_was_worked_on_on_its_day_was_not_missed() -> None:
    lab = Item("shop", "lab", "Shop", 60, stages=(Stage("It answers", 60),))
    old, today = plan(ask(MONDAY, (lab,))), MONDAY + timedelta(days=1)
    worked = Day(MONDAY, 60, (Session("build", "shop", "Shop", 20, done=True),))
    changes = what_moved(old, plan(ask(today, (lab,), (worked,))), today)
    assert (changes.moves, changes.missed_days) == ((), ())
    assert changes.summary == "The end moves from 3 May to 4 May."


def test_working_ahead_brings_sessions_forward() -> None:
    old = plan(ask(MONDAY, road("a", "b", "c")))
    changes = what_moved(old, plan(ask(MONDAY, road("b", "c"))), MONDAY)
    assert [(move.ref, move.reason) for move in changes.moves] == [("b", "earlier"), ("c", "earlier"), ("a", "removed")]
    assert changes.summary == "The end moves from 5 May to 4 May; 2 sessions moved, 1 removed."


def test_added_items_and_a_new_year_are_spelled_out() -> None:
    old, new = plan(ask(MONDAY, road("a"))), plan(ask(MONDAY, road("a", *(f"x{n}" for n in range(300)))))
    changes = what_moved(old, new, MONDAY)
    assert changes.summary == "The end moves from 3 May 2027 to 27 February 2028; 300 sessions added."


def test_a_finished_road_says_so() -> None:
    changes = what_moved(plan(ask(MONDAY, road("a"))), plan(ask(MONDAY, ())), MONDAY)
    assert changes.summary == "Nothing is left to do; 1 session removed."
    back = what_moved(plan(ask(MONDAY, ())), plan(ask(MONDAY, road("a"))), MONDAY)
    assert back.summary == "The end is now 3 May 2027; 1 session added."


@settings(max_examples=40, deadline=None)
@given(requests | wishful())
def test_a_plan_compared_with_itself_moves_nothing(request: Request) -> None:
    made = plan(request)
    changes = what_moved(made, made, request.today)
    assert (changes.moves, changes.missed_days, changes.summary) == ((), (), "Nothing moves.")

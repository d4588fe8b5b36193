"""Work that is due: early enough where the minutes allow, and an honest word where they do not."""

from datetime import date, timedelta

import msgspec
import pytest

from backroad.planner.model import Availability, Due, Item, Plan, Request, Session, Stage, Wish
from backroad.planner.schedule import plan

MONDAY = date(2027, 1, 4)
WEEK = Availability((60, 60, 60, 60, 60, 0, 0))


def skill(name: str, minutes: int = 60, *requires: str, **more: object) -> Item:
    return Item(name, "skill", name.title(), minutes, requires, **more)  # type: ignore[arg-type]


def lab(name: str, *minutes: int, requires: tuple[str, ...] = (), done: int = 0) -> Item:
    stages = tuple(Stage(f"Stage {number}", size, number <= done) for number, size in enumerate(minutes, 1))
    return Item(name, "lab", name.title(), sum(minutes), requires, stages=stages)


ROAD = (*(skill(f"a{number}") for number in range(10)), skill("base"), skill("due", 60, "base"), lab("app", 60, 60, 60))


def due(ref: str, in_days: int, stage: int = 0, assignment: str = "one") -> Due:
    return Due(assignment, ref, MONDAY + timedelta(days=in_days), f"Do {ref}", "Spring", stage)


def made(*dues: Due, items: tuple[Item, ...] = ROAD, **more: object) -> Plan:
    return plan(Request(items, WEEK, MONDAY, MONDAY, dues=dues, **more))  # type: ignore[arg-type]


def sessions(found: Plan) -> list[tuple[date, Session]]:
    return [(day.date, session) for day in found.days for session in day.sessions]


def last_day(found: Plan, ref: str, stage: int = 0) -> date:
    return max(day for day, one in sessions(found) if one.ref == ref and (not stage or one.stage <= stage))


def test_without_danger_the_road_keeps_its_order() -> None:
    later = due("due", 60)
    plain, with_due = made(), made(later)
    moved = [(day, one.key) for day, one in sessions(with_due)]
    assert moved == [(day, one.key) for day, one in sessions(plain)]
    assert {one.due for _, one in sessions(with_due) if one.ref == "due"} == {later.day}
    assert not with_due.warnings


def test_what_would_be_late_goes_first_with_what_it_needs() -> None:
    found = made(due("due", 2))
    assert last_day(made(), "due") > MONDAY + timedelta(days=2)
    assert [one.ref for _, one in sessions(found)][:2] == ["base", "due"]
    assert last_day(found, "due") <= MONDAY + timedelta(days=2)
    assert not found.warnings
    (day,) = [day for day in found.days if day.due]
    assert (day.date, day.due[0].name, day.due[0].ends) == (
        MONDAY + timedelta(days=2),
        "Do due",
        last_day(found, "due"),
    )


def test_a_stage_takes_its_lab_no_further_than_needed() -> None:
    found = made(due("app", 1, stage=2))
    order = [(one.ref, one.stage) for _, one in sessions(found)]
    assert order[:2] == [("app", 1), ("app", 2)]
    assert {ref for ref, _ in order[2:4]} == {"app", "a0"}, "skills come beside the rest of the lab again"
    assert last_day(found, "app", 2) == MONDAY + timedelta(days=1)


def test_the_soonest_due_comes_first() -> None:
    found = made(due("a9", 3, assignment="x"), due("due", 1, assignment="y"))
    assert [one.ref for _, one in sessions(found)][:3] == ["base", "due", "a9"]
    assert not found.warnings


def test_another_lab_that_is_open_does_not_stand_in_its_way() -> None:
    items = (lab("open", 60, 300, done=1), *ROAD)
    found = made(due("app", 4), items=items)
    assert last_day(found, "app") <= MONDAY + timedelta(days=4)
    assert {one.ref for _, one in sessions(found)} >= {"open", "app"}


def test_what_cannot_be_done_is_said_with_how_much_and_when() -> None:
    found = made(due("app", 1))
    (warning,) = found.warnings
    assert warning.kind == "due"
    assert warning.text == (
        "Do app (Spring) is due on Tue 5 Jan and cannot be done by then with your minutes: 1 h of it and of what it "
        "needs come later, and it is done on Wed 6 Jan. Give your week more time, or tell your instructor."
    )
    assert [one.ref for _, one in sessions(found)][:3] == ["app"] * 3


def test_what_is_overdue_comes_first_and_is_said() -> None:
    found = made(due("due", -3))
    assert [one.ref for _, one in sessions(found)][:2] == ["base", "due"]
    (warning,) = found.warnings
    assert (
        warning.text
        == "Do due (Spring) was due on Fri 1 Jan. It comes before the rest of the road, and is done on Tue 5 Jan."
    )


def test_what_is_overdue_makes_nothing_else_late() -> None:
    found = made(due("app", -3, assignment="x"), due("a9", 1, assignment="y"))
    assert sessions(found)[0][1].ref == "a9"
    assert len(found.warnings) == 1


def test_what_is_done_is_marked_and_warns_of_nothing() -> None:
    items = (skill("due", 60, learned=True), skill("other"))
    found = made(due("due", 1), items=items)
    assert not found.warnings
    assert [one.done for day in found.days for one in day.due] == [True]


def test_the_days_reach_to_the_last_deadline() -> None:
    found = made(due("due", 40), items=(skill("due"),))
    assert [day.date for day in found.days if day.due] == [MONDAY + timedelta(days=40)]


def test_what_is_optional_is_not_dropped_when_it_is_assigned() -> None:
    items = (
        skill("a"),
        skill("base", optional=True),
        skill("due", 60, "base", optional=True),
        skill("z", optional=True),
    )
    found = made(due("due", 30), items=items, drop_optional=True)
    assert found.dropped == ("z",)


def test_a_wish_that_makes_it_late_is_kept_and_told() -> None:
    wish = Wish("learn", "due", 0, MONDAY + timedelta(days=7), 60)
    found = made(due("due", 2), wishes=(wish,))
    assert last_day(found, "due") == MONDAY + timedelta(days=7)
    assert [warning.kind for warning in found.warnings] == ["due"]


@pytest.mark.parametrize("in_days", range(-2, 20, 3))
@pytest.mark.parametrize("ref", ["a0", "a9", "due", "app"])
def test_nothing_is_lost_or_doubled(ref: str, in_days: int) -> None:
    plain, found = made(), made(due(ref, in_days))
    assert found.minutes_left == plain.minutes_left
    assert sum(one.minutes for _, one in sessions(found)) == plain.minutes_left
    assert all(day.planned <= day.available for day in found.days)


def test_many_dues_end() -> None:
    items = tuple(skill(f"s{number}") for number in range(60))
    dues = tuple(due(f"s{59 - number}", 5 * number, assignment=str(number)) for number in range(60))
    found = made(*dues, items=items)
    late = {day.date for day in found.days for one in day.due if one.ends and one.ends > day.date}
    assert found.end is not None
    assert len(found.warnings) <= 4
    assert len(late) < 60


def test_pieces_of_one_assignment_are_one() -> None:
    found = made(due("a1", 1), due("a2", 1), due("a3", 1))
    (day,) = [day for day in found.days if day.due]
    assert len(day.due) == 1
    assert day.due[0].ends is not None
    assert day.due[0].ends > day.date
    assert len(found.warnings) == 1


def test_a_plan_with_dues_is_kept_and_read_again() -> None:
    found = made(due("due", 2))
    assert msgspec.json.decode(msgspec.json.encode(found), type=Plan) == found

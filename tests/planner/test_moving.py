"""Sessions that the learner moves: they stand where they were moved to, the others flow around them."""

from collections import Counter
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backroad.kit.errors import NotFound, Problem
from backroad.planner.changes import what_moved
from backroad.planner.model import Day, Plan, Request, Session
from backroad.planner.moving import CannotMove, choices, found, moved, own_wishes
from backroad.planner.schedule import plan

from .requests import requests, wishful
from .test_schedule import MONDAY, ask, lab, skill

some = settings(max_examples=60, deadline=None)


def on(number: int) -> date:
    return MONDAY + timedelta(days=number)


def move(request: Request, name: str, day: date) -> Request:
    """The request with the session moved; raises CannotMove."""
    gone, wish = moved(request, plan(request), name, day)
    kept = tuple(other for other in request.wishes if other not in gone)
    return msgspec.structs.replace(request, wishes=(*kept, wish))


def let_go(request: Request, name: str) -> Request:
    made = plan(request)
    gone = own_wishes(request, made, *found(made, name))
    return msgspec.structs.replace(request, wishes=tuple(wish for wish in request.wishes if wish not in gone))


def day_of(made: Plan, name: str) -> date:
    return found(made, name)[0]


def refs(made: Plan, number: int) -> list[str]:
    return [session.ref for day in made.days if day.date == on(number) for session in day.sessions]


def why(request: Request, name: str, day: date) -> CannotMove:
    with pytest.raises(CannotMove) as refused:
        move(request, name, day)
    return refused.value


ROAD = ask(*(skill(name, drills=0) for name in "abcdef"))


def test_a_session_moved_back_stands_there_and_the_others_come_forward() -> None:
    made = plan(move(ROAD, "learn:a", on(3)))
    assert [refs(made, number) for number in range(6)] == [["b"], ["c"], ["d"], ["a"], ["e"], ["f"]]
    assert [session.wished for day in made.days for session in day.sessions] == [False] * 3 + [True] + [False] * 2


def test_a_session_moved_forward_stands_there_and_the_others_go_back() -> None:
    made = plan(move(ROAD, "learn:f", on(0)))
    assert [refs(made, number) for number in range(6)] == [["f"], ["a"], ["b"], ["c"], ["d"], ["e"]]


def test_more_can_be_moved_away_than_the_planner_looks_ahead() -> None:
    request = ask(*(skill(f"s{number}", drills=0) for number in range(12)))
    for number in range(8):
        request = move(request, f"learn:s{number}", on(20 + number))
    made = plan(request)
    assert [refs(made, number) for number in range(4)] == [["s8"], ["s9"], ["s10"], ["s11"]]
    assert [refs(made, 20 + number) for number in range(8)] == [[f"s{number}"] for number in range(8)]


def test_what_needs_a_moved_session_waits_with_it_and_the_road_beyond_goes_on() -> None:
    items = [skill("a", drills=0), *(skill(f"b{n}", 60, "a", drills=0) for n in range(9)), skill("z", drills=0)]
    made = plan(move(ask(*items), "learn:a", on(4)))
    assert refs(made, 0) == ["z"]
    assert [refs(made, number) for number in range(1, 6)] == [[], [], [], ["a"], ["b0"]]


def test_a_moved_session_keeps_its_key_so_that_its_calendar_event_moves() -> None:
    request = ask(skill("a", 100, drills=0), skill("b", drills=0), skill("c", drills=0))
    assert day_of(plan(request), "learn:a:0:2") == on(1)
    made = plan(move(request, "learn:a:0:2", on(5)))
    assert day_of(made, "learn:a:0:1") == on(0)
    assert day_of(made, "learn:a:0:2") == on(5)
    assert [s.minutes for day in made.days for s in day.sessions if s.ref == "a"] == [60, 40]


def test_a_part_can_be_moved_onto_the_day_of_the_part_before_it_and_stays_a_part() -> None:
    request = ask(skill("a", 60, drills=0), skill("b", 60, drills=0), week=(45,) * 7)
    made = plan(move(request, "learn:a:0:2", on(3)))
    assert [(s.key, s.minutes) for s in made.days[0].sessions] == [("learn:a:0:1", 45)]
    assert [(s.key, s.minutes) for s in made.days[3].sessions if s.wished] == [("learn:a:0:2", 15)]


def test_drills_can_stand_on_the_day_of_their_lesson() -> None:
    request = ask(skill("a"), skill("b"))
    made = plan(move(request, "drill:a", on(0)))
    assert [(s.kind, s.ref, s.minutes) for s in made.days[0].sessions] == [("learn", "a", 36), ("drill", "a", 24)]


def test_a_session_can_be_kept_where_it_is() -> None:
    request = move(ROAD, "learn:c", on(2))
    late = msgspec.structs.replace(request, today=on(1))
    assert day_of(plan(late), "learn:c") == on(2), "though a and b were missed"
    assert refs(plan(late), 1) == ["a"]


def test_a_stage_that_is_moved_lets_other_labs_go_on() -> None:
    other = msgspec.structs.replace(lab(60, 60), id="chat")
    made = plan(move(ask(lab(60, 60), other), "build:shop:2", on(6)))
    assert day_of(made, "build:shop:2") == on(6)
    assert [day_of(made, "build:chat:1"), day_of(made, "build:chat:2")] == [on(1), on(2)]


def test_a_session_moved_again_leaves_nothing_behind() -> None:
    request = move(move(ROAD, "learn:a", on(3)), "learn:a", on(1))
    assert [wish.day for wish in request.wishes] == [on(1)]
    assert plan(let_go(request, "learn:a")) == plan(ROAD)


def test_two_parts_of_a_lesson_are_moved_each_to_its_day() -> None:
    request = ask(skill("a", 180, drills=0), *(skill(name, drills=0) for name in "bcdef"))
    request = move(move(request, "learn:a:0:3", on(7)), "learn:a:0:2", on(5))
    made = plan(request)
    assert [day_of(made, f"learn:a:0:{part}") for part in (1, 2, 3)] == [on(0), on(5), on(7)]
    assert {wish.day for wish in let_go(request, "learn:a:0:2").wishes} == {on(7)}


def test_a_full_day_says_how_much_is_missing_and_the_nearest_day() -> None:
    request = move(ROAD, "learn:b", on(3))
    refused = why(request, "learn:a", on(3))
    assert refused.sentence == "Learn: A cannot stand on Thu 4 Mar: the day is full: 60 minutes more would do."
    assert (refused.nearest, refused.hint, refused.status) == (on(4), "The nearest possible day is Fri 5 Mar.", 409)


def test_what_comes_first_is_named() -> None:
    refused = why(ask(skill("a", drills=0), skill("b", 60, "a", drills=0)), "learn:b", on(0))
    assert refused.sentence.endswith("on Mon 1 Mar: it needs A first.")
    assert refused.hint == "The nearest possible day is Tue 2 Mar, where it is."
    parts = ask(skill("a", 180, drills=0))
    assert why(parts, "learn:a:0:3", on(0)).sentence.endswith("the part before it comes first.")


def test_days_that_cannot_be_say_why() -> None:
    request = ask(skill("a", drills=0), skill("b", drills=0), week=(60, 0, 60, 60, 60, 60, 60), off={on(2)})
    assert why(request, "learn:a", on(1)).sentence.endswith("the day has no minutes.")
    assert why(request, "learn:a", on(2)).nearest == on(3)
    assert why(request, "learn:a", on(-1)).sentence.endswith("the day is over.")
    assert why(request, "learn:b", on(1462)).sentence.endswith("it is more than four years ahead.")
    assert why(request, "learn:b", date.max).nearest is None
    assert why(request, "learn:b", date.min).nearest is None
    early = msgspec.structs.replace(request, today=on(-3))
    assert why(early, "learn:a", on(-1)).sentence.endswith("the plan begins on Mon 1 Mar.")


def test_a_move_does_not_break_another() -> None:
    request = move(ask(skill("a", drills=0), skill("b", 60, "a", drills=0), skill("c", drills=0)), "learn:b", on(2))
    refused = why(request, "learn:a", on(3))
    assert "Learn: B could then not stay on Wed 3 Mar, where you moved it" in refused.sentence
    assert day_of(plan(move(request, "learn:a", on(1))), "learn:b") == on(2)


def test_the_choices_are_the_days_around_the_session() -> None:
    request = ask(skill("a", drills=0), skill("b", 60, "a", drills=0), off={on(4)})
    made = plan(request)
    offered = choices(request, made, *found(made, "learn:b"))
    assert [choice.day for choice in offered] == [on(number) for number in range(29)]
    assert [choice.day for choice in offered if choice.why_not] == [on(0), on(4)]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("review:2027-03-01", "Reviews come when memory says so"),
        ("learn:a", "That session is done"),
        ("learn:nothing", "The plan has no session called 'learn:nothing'"),
        ("learn", "The plan has no session called 'learn'"),
        ("", "The plan has no session called ''"),
    ],
)
def test_what_cannot_be_moved_is_told(name: str, said: str) -> None:
    done = Day(MONDAY, 60, (Session("learn", "a", "A", 20, done=True),))
    request = ask(skill("a", learned=True), skill("b"), reviews_due={MONDAY: 4}, history=(done,))
    with pytest.raises(Problem, match=said):
        found(plan(request), name)
    with pytest.raises(NotFound):
        found(plan(request), "build:shop:1")


def test_a_wish_that_is_missed_lapses_and_says_so() -> None:
    request = move(ROAD, "learn:a", on(2))
    late = plan(msgspec.structs.replace(request, today=on(4)))
    assert [broken.why for broken in late.broken] == ["missed"]
    (warning,) = late.warnings
    assert warning.text == "Learn: A was moved to Wed 3 Mar and missed: the plan decides again."
    assert day_of(late, "learn:a") == on(4)
    assert plan(msgspec.structs.replace(request, today=on(12))).warnings == ()


def test_a_wish_that_was_done_or_worked_on_was_not_missed() -> None:
    request = move(ROAD, "learn:a", on(2))
    worked = Day(on(2), 60, (Session("learn", "a", "A", 20, done=True),))
    assert plan(msgspec.structs.replace(request, today=on(4), history=(worked,))).broken == ()
    items = (msgspec.structs.replace(request.items[0], learned=True), *request.items[1:])
    assert plan(msgspec.structs.replace(request, today=on(4), items=items)).broken == ()


def test_what_is_done_of_a_moved_session_comes_off_it() -> None:
    request = move(ask(skill("a", 60), skill("b", 60, drills=0)), "drill:a", on(3))
    item = msgspec.structs.replace(request.items[0], learned=True, done_minutes=9)
    made = plan(msgspec.structs.replace(request, items=(item, *request.items[1:])))
    assert [(s.minutes, s.wished) for s in made.days[3].sessions] == [(15, True)]


def test_a_slower_pace_keeps_a_whole_session_whole() -> None:
    request = move(ask(skill("a", 40, drills=0), skill("b", drills=0)), "learn:a", on(2))
    made = plan(msgspec.structs.replace(request, pace=1.2))
    assert [(s.ref, s.minutes, s.part_of) for s in made.days[2].sessions if s.ref == "a"] == [("a", 48, "")]


def test_a_wish_that_the_week_no_longer_allows_is_told_with_where_it_comes() -> None:
    request = move(ROAD, "learn:a", on(3))
    away = msgspec.structs.replace(request.availability, days_off=frozenset({on(3)}))
    made = plan(msgspec.structs.replace(request, availability=away))
    (broken,) = made.broken
    assert (broken.why, broken.day, day_of(made, "learn:a")) == ("off", on(3), on(4))
    assert broken.text == "Learn: A was moved to Thu 4 Mar, but the day has no minutes. It comes on Fri 5 Mar."
    assert made.warnings[0].kind == "wish"
    again = msgspec.structs.replace(request, availability=away)
    assert [wish.day for wish in move(again, "learn:a", on(1)).wishes] == [on(1)], "the broken wish goes with it"


def test_wishes_with_which_the_road_does_not_end_are_told_and_passed_over() -> None:
    request = ask(skill("a", drills=0), skill("b", 9000, "a", drills=0), week=(60, 0, 0, 0, 0, 0, 0))
    request = move(request, "learn:a", on(7))
    late = msgspec.structs.replace(request, wishes=(msgspec.structs.replace(request.wishes[0], day=on(1456)),))
    made = plan(late)
    assert [one.why for one in made.broken] == ["long"]
    assert "does not end within six years: the plan decides." in made.warnings[0].text
    assert made.days == plan(msgspec.structs.replace(request, wishes=())).days
    assert plan(move(late, "learn:a", on(7))).broken == (), "and can be moved again"


def test_many_broken_wishes_are_one_warning() -> None:
    request = ROAD
    for number, name in enumerate("abcde"):
        request = move(request, f"learn:{name}", on(10 + number))
    off = frozenset(on(10 + number) for number in range(5))
    made = plan(
        msgspec.structs.replace(request, availability=msgspec.structs.replace(request.availability, days_off=off))
    )
    (warning,) = made.warnings
    assert warning.text.count("was moved to") == 3
    assert warning.text.endswith("2 more wishes cannot be kept.")


def test_what_moved_is_told_as_other_moves_are() -> None:
    before = plan(ROAD)
    changes = what_moved(before, plan(move(ROAD, "learn:a", on(2))), MONDAY)
    assert [(move.ref, move.reason) for move in changes.moves] == [("b", "earlier"), ("c", "earlier"), ("a", "later")]
    assert changes.summary == "3 sessions moved."
    parts = ask(skill("a", 120, drills=0), skill("b", drills=0))
    changes = what_moved(plan(parts), plan(move(parts, "learn:a:0:2", on(2))), MONDAY)
    assert [(move.key, move.after) for move in changes.moves] == [("learn:b:0", on(1)), ("learn:a:0:2", on(2))]


def test_offers_of_a_deadline_count_with_the_wishes() -> None:
    request = move(ROAD, "learn:a", on(20))
    (warning,) = plan(msgspec.structs.replace(request, deadline=on(10))).warnings
    assert [(offer.kind, offer.suffices) for offer in warning.offers][:2] == [
        ("later-end", True),
        ("more-minutes", False),
    ]


@some
@given(wishful())
def test_every_wish_is_kept_or_told(request: Request) -> None:
    made = plan(request)
    first = max(request.start, request.today)
    told = {(one.kind, one.ref, one.stage, one.day) for one in made.broken if one.why != "missed"}
    held: Counter[tuple[str, str, int, date]] = Counter()
    left: Counter[tuple[str, str, int]] = Counter()
    for day in made.days:
        for s in day.sessions:
            if not s.done:
                left[s.kind, s.ref, s.stage] += s.minutes
                held[s.kind, s.ref, s.stage, day.date] += s.minutes
    alike = Counter((wish.kind, wish.ref, wish.stage) for wish in request.wishes)
    for wish in request.wishes:
        thing = (wish.kind, wish.ref, wish.stage)
        if wish.day >= first and left[thing] > wish.after and alike[thing] == 1:
            wanted = min(wish.minutes, left[thing] - wish.after)
            assert ((*thing, wish.day) in told) != (
                held[*thing, wish.day] >= wanted
                and any(s.wished for day in made.days if day.date == wish.day for s in day.sessions)
            )


@some
@given(requests, st.data())
def test_a_possible_move_is_obeyed_and_so_is_the_nearest_one_to_an_impossible_one(
    request: Request, data: st.DataObject
) -> None:
    made = plan(request)
    open_ = [(d.date, s) for d in made.days for s in d.sessions if not s.done and s.kind != "review"]
    if not open_:
        return
    _, session = data.draw(st.sampled_from(open_))
    day = max(request.start, request.today) + timedelta(days=data.draw(st.integers(0, 25)))
    try:
        _, wish = moved(request, made, session.key, day)
    except CannotMove as refused:
        if refused.nearest is None:
            return
        _, wish = moved(request, made, session.key, refused.nearest)
        day = refused.nearest
    after = plan(msgspec.structs.replace(request, wishes=(wish,)))
    assert after.broken == ()
    assert after.minutes_left == made.minutes_left
    kept = [s for d in after.days if d.date == day for s in d.sessions if s.wished]
    assert [(s.kind, s.ref, s.stage) for s in kept] == [(session.kind, session.ref, session.stage)]
    assert kept[0].minutes >= session.minutes


@some
@given(requests)
def test_without_wishes_nothing_is_broken(request: Request) -> None:
    made = plan(request)
    assert made.broken == ()
    assert not any(session.wished for day in made.days for session in day.sessions)

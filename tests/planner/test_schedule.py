"""Plans of small roads, day by day, and the ways out of an impossible deadline."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings

from backroad.kit.errors import Problem
from backroad.planner.actions import reviews_of, say_put_off
from backroad.planner.model import REVIEW_GAPS, Availability, Day, Item, Offer, Request, Session, Stage
from backroad.planner.schedule import plan

from .requests import requests

MONDAY = date(2027, 3, 1)


def ask(*items: Item, week: tuple[int, ...] = (60,) * 7, **more: object) -> Request:
    off = frozenset(more.pop("off", ()))  # type: ignore[call-overload]
    return Request(items, Availability(week, off), **{"start": MONDAY, "today": MONDAY, "review_gaps": (), **more})  # type: ignore[arg-type]


def skill(name: str, minutes: int = 60, *requires: str, drills: int = 6, **more: object) -> Item:
    return Item(name, "skill", name.title(), minutes, requires, drills=drills, **more)  # type: ignore[arg-type]


def lab(*minutes: int, requires: tuple[str, ...] = ()) -> Item:
    stages = tuple(Stage(f"Stage {number}", value) for number, value in enumerate(minutes, 1))
    return Item("shop", "lab", "Shop", sum(minutes), requires, stages=stages)


def shown(request: Request) -> list[list[tuple[str, str, int, str]]]:
    days = plan(request).days
    return [[(s.kind, s.ref, s.minutes, s.part_of) for s in day.sessions if not s.done] for day in days]


def test_drills_come_the_day_after_where_something_else_is_ready() -> None:
    assert shown(ask(skill("a"), skill("b"))) == [
        [("learn", "a", 36, ""), ("learn", "b", 24, "1 of 2")],
        [("drill", "a", 24, ""), ("learn", "b", 12, "2 of 2"), ("drill", "b", 24, "")],
    ]


def test_drills_come_on_the_same_day_where_nothing_else_is_ready() -> None:
    assert shown(ask(skill("a"), skill("b", 60, "a"))) == [
        [("learn", "a", 36, ""), ("drill", "a", 24, "")],
        [("learn", "b", 36, ""), ("drill", "b", 24, "")],
    ]


def test_a_skill_without_drills_is_learned_in_all_its_minutes() -> None:
    assert shown(ask(skill("a", drills=0))) == [[("learn", "a", 60, "")]]


def test_a_part_is_not_cut_so_that_a_crumb_is_left() -> None:
    assert shown(ask(skill("a", 64, drills=0))) == [[("learn", "a", 59, "1 of 2")], [("learn", "a", 5, "2 of 2")]]


def test_reviews_done_today_count_towards_the_third() -> None:
    done = Day(MONDAY, 60, (Session("review", "2027-03-01", "20 reviews", 15, done=True),))
    days = plan(ask(skill("a"), reviews_due={MONDAY: 20}, history=(done,))).days
    assert [(s.title, s.part) for s in days[0].sessions if s.kind == "review"] == [("20 reviews", 1), ("6 reviews", 2)]


def test_a_prerequisite_that_stands_later_on_the_road_is_pulled_forward() -> None:
    refs = [s[1] for day in shown(ask(skill("b", 60, "a"), skill("c"), skill("a"))) for s in day]
    assert refs.index("a") < refs.index("b")
    assert refs[0] == "a"


def test_days_off_and_days_without_minutes_stay_empty() -> None:
    request = ask(skill("a", 90, drills=0), week=(30, 0, 30, 30, 0, 0, 0), off={MONDAY + timedelta(days=2)})
    days = plan(request).days
    assert [day.date.day for day in days if day.sessions] == [1, 4, 8]
    assert days[-1].date == date(2027, 3, 8)


def test_a_lab_shares_its_days_with_skills_and_splits_at_stages() -> None:
    days = shown(ask(lab(120, 60), skill("a"), skill("b"), week=(90,) * 7))
    assert days[0] == [("build", "shop", 60, "1 of 2"), ("learn", "a", 30, "1 of 2")]
    built = [sum(s[2] for s in day if s[0] == "build") for day in days]
    assert sum(built) == 180
    assert all({s[0] for s in day} - {"build"} for day in days[1:3]), "skills go on beside an open lab"


def test_two_labs_are_never_open_at_once() -> None:
    other = msgspec.structs.replace(lab(200, 200), id="chat")
    refs = [s[1] for day in shown(ask(lab(200, 200), other)) for s in day]
    assert refs == sorted(refs, reverse=True)


def test_reviews_are_capped_and_pushed_forward() -> None:
    days = plan(ask(skill("a"), reviews_due={MONDAY - timedelta(days=3): 40, MONDAY + timedelta(days=1): 4})).days
    reviews = [(day.date.day, s.title, s.minutes) for day in days for s in day.sessions if s.kind == "review"]
    assert reviews == [(1, "26 reviews", 20), (2, "18 reviews", 14)]


def test_no_day_takes_more_reviews_than_the_settings_say() -> None:
    done = Day(MONDAY, 60, (Session("review", "2027-03-01", "4 reviews", 3, done=True),))
    days = plan(ask(skill("a"), reviews_due={MONDAY: 20}, reviews_a_day=7, history=(done,))).days
    asked = [s.title for day in days for s in day.sessions if s.kind == "review" and not s.done]
    assert asked[:2] == ["3 reviews", "7 reviews"]


def test_reviews_answered_today_are_counted_not_guessed_from_their_minutes() -> None:
    done = Day(MONDAY, 90, (Session("review", "2027-03-01", "Reviews", 1, done=True),))
    request = ask(skill("a"), week=(90,) * 7, reviews_due={MONDAY: 20}, reviews_a_day=7, reviewed=5, history=(done,))
    made = plan(request)
    assert [s.count for day in made.days[:3] for s in day.sessions if s.kind == "review" and not s.done] == [2, 7, 7]
    assert made.due == 20


@pytest.mark.parametrize(
    ("due", "a_day", "said"),
    [
        (20, 0, ""),
        (27, 0, "1 more drill is due; it comes on Tue 2 Mar, since"),
        (40, 0, "14 more drills are due; they come on Tue 2 Mar, since"),
        (40, 10, "30 more drills are due; they come from Tue 2 Mar to Thu 4 Mar, since"),
    ],
)
def test_reviews_that_are_put_off_say_when_they_come(due: int, a_day: int, said: str) -> None:
    made = plan(ask(*(skill(name) for name in "abcdef"), reviews_due={MONDAY: due}, reviews_a_day=a_day))
    assert say_put_off(made, MONDAY).startswith(said)
    assert bool(say_put_off(made, MONDAY)) == bool(said)
    assert reviews_of(made.days[0])[0] == min(due, 26, a_day or 26)


def test_reviews_for_which_the_plan_has_no_room_say_so() -> None:
    made = plan(ask(skill("a", 10, drills=0), week=(20, 0, 0, 0, 0, 0, 0), reviews_due={MONDAY: 40}))
    assert "they wait until your days have more room" in say_put_off(made, MONDAY)


def test_reviews_of_drills_still_to_come_are_forecast() -> None:
    request = ask(skill("a", 50), *(skill(f"b{n}", 60) for n in range(9)), review_gaps=REVIEW_GAPS)
    days = plan(request).days
    drilled = next(day.date for day in days if any(s.kind == "drill" and s.ref == "a" for s in day.sessions))
    first = next(day for day in days if any(s.kind == "review" for s in day.sessions))
    assert (first.date - drilled).days == REVIEW_GAPS[0]
    assert first.sessions[0].title == "6 reviews"


def test_the_forecast_gaps_are_those_of_fsrs() -> None:
    from fsrs import Card, Rating, Scheduler

    scheduler = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    begin = datetime(2027, 1, 1, tzinfo=UTC)
    card, gaps = Card(card_id=1, due=begin), []
    for _ in REVIEW_GAPS:
        card, _ = scheduler.review_card(card, Rating.Good, card.due)
        gaps.append((card.due - begin).days)
    assert tuple(gaps) == REVIEW_GAPS


def test_what_was_done_today_uses_up_today() -> None:
    done = Day(MONDAY, 60, (Session("learn", "a", "A", 36, done=True),))
    request = ask(skill("a", learned=True), skill("b"), history=(done,))
    days = shown(request)
    assert days[0] == [("learn", "b", 24, "1 of 2")]
    assert days[1][0] == ("drill", "a", 24, "")


def test_parts_are_counted_on_from_the_history() -> None:
    yesterday = Day(MONDAY - timedelta(days=1), 60, (Session("learn", "a", "A", 60, done=True),))
    request = ask(skill("a", 150, drills=0, done_minutes=60), history=(yesterday,))
    sessions = [s for day in plan(request).days[1:] for s in day.sessions]
    assert [(s.key, s.part_of) for s in sessions] == [("learn:a:0:2", "2 of 3"), ("learn:a:0:3", "3 of 3")]


def test_pace_stretches_the_work_and_spread_widens_the_end() -> None:
    items = [skill(f"s{n}") for n in range(30)]
    usual, slow = plan(ask(*items)), plan(ask(*items, pace=1.5, spread=0.3))
    assert slow.minutes_left == usual.minutes_left * 3 // 2
    ends = [made.end_range or (MONDAY, MONDAY) for made in (usual, slow)]
    usually, slowly = [(late - early).days for early, late in ends]
    assert slowly > usually > 0


def test_a_finished_road_has_no_end_but_still_reviews() -> None:
    made = plan(ask(skill("a", learned=True, drilled=True), reviews_due={MONDAY + timedelta(days=2): 4}))
    assert (made.end, made.end_range, made.minutes_left) == (None, None, 0)
    assert [day.date.day for day in made.days] == [1, 2, 3]
    assert made.days[2].sessions[0].key == "review:2027-03-03:0:1"


def test_an_impossible_deadline_names_three_ways_out() -> None:
    items = [skill("a", 300), skill("b", 300, optional=True), skill("c", 120, "b")]
    extra = skill("d", 200, optional=True)
    request = ask(*items, extra, deadline=MONDAY + timedelta(days=9))
    (warning,) = plan(request).warnings
    assert warning.text == "The road ends on 16 March 2027, 6 days after your deadline of 10 March 2027."
    later, more, drop = warning.offers
    assert (later.kind, later.suffices, later.end) == ("later-end", True, date(2027, 3, 16))
    assert (more.kind, more.suffices, more.minutes) == ("more-minutes", True, 7 * 35)
    assert more.text == "Study 4 h 5 min more a week: 35 min more on 7 days."
    assert (drop.kind, drop.suffices, drop.minutes, drop.end) == ("drop-optional", False, 200, date(2027, 3, 12))
    assert "1 optional step" in drop.text
    assert "too late" in drop.text


def test_a_deadline_that_has_passed_cannot_be_met_with_more_minutes() -> None:
    (warning,) = plan(ask(skill("a"), deadline=MONDAY - timedelta(days=1))).warnings
    assert [offer.suffices for offer in warning.offers] == [True, False, False]


@settings(max_examples=40, deadline=None)
@given(requests)
def test_each_offer_does_what_it_says(request: Request) -> None:
    request = msgspec.structs.replace(request, deadline=request.today + timedelta(days=6))
    for warning in plan(request).warnings:
        for offer in warning.offers:
            taken = plan(_take(request, offer))
            assert offer.suffices == (not any(w.kind == "deadline" for w in taken.warnings))
            assert not offer.suffices or offer.end == taken.end


def _take(request: Request, offer: Offer) -> Request:
    if offer.kind == "later-end":
        return msgspec.structs.replace(request, deadline=offer.end)
    if offer.kind == "drop-optional":
        return msgspec.structs.replace(request, drop_optional=True)
    week = offer.weekdays or request.availability.minutes
    return msgspec.structs.replace(request, availability=Availability(week, request.availability.days_off))


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (ask(skill("a", 60, "b"), skill("b", 60, "a")), "These require each other: a -> b -> a."),
        (ask(skill("a"), skill("a")), "The road lists a twice."),
        (ask(skill("a", 0)), "a has no minutes."),
        (ask(lab()), "shop has no"),
        (ask(Item("x", "lab", "X", 10)), "The lab x has no stages."),
        (ask(skill("a"), week=(0,) * 7), "There are no minutes on any weekday."),
        (ask(skill("a"), week=(0,) * 6), "The week needs seven numbers"),
        (ask(skill("a", 90000), week=(30, 0, 0, 0, 0, 0, 0)), "The road does not end within six years: 1500 hours"),
        (ask(skill("a"), history=(Day(MONDAY + timedelta(days=1), 60),)), "The history reaches into the future"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_in_a_sentence(request_: Request, sentence: str) -> None:
    with pytest.raises(Problem) as refused:
        plan(request_)
    assert sentence in refused.value.sentence
    assert refused.value.hint

"""What holds for every plan, whatever the request."""

import math
from collections import Counter, defaultdict
from datetime import timedelta

import msgspec
from hypothesis import given, settings

from backroad.planner.model import REVIEW_MINUTES, Plan, Request, Session
from backroad.planner.schedule import plan
from backroad.planner.work import KINDS, left_to_do

from .requests import requests, wishful

anything = requests | wishful()

some = settings(max_examples=50, deadline=None)


def planned(made: Plan, request: Request) -> list[tuple[int, Session]]:
    """(day, session) of what is still to do, in order."""
    return [(d.date.toordinal(), s) for d in made.days for s in d.sessions if not s.done]


def kept(made: Plan, request: Request) -> list:
    return [item for item in request.items if item.id not in made.dropped]


@some
@given(anything)
def test_all_undone_minutes_are_scheduled_exactly(request: Request) -> None:
    made = plan(request)
    want = Counter()
    for item in kept(made, request):
        for kind, stage, minutes in left_to_do(item, request.pace):
            want[KINDS[kind], item.id, stage] += minutes
    got = Counter()
    for _, session in planned(made, request):
        if session.kind != "review":
            got[session.kind, session.ref, session.stage] += session.minutes
    assert got == want
    assert made.minutes_left == sum(want.values())


@some
@given(anything)
def test_prerequisites_come_first_and_parts_in_order(request: Request) -> None:
    made = plan(request)
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    seen: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for place, (_, session) in enumerate(planned(made, request)):
        if session.kind != "review":
            first.setdefault(session.ref, place)
            last[session.ref] = place
            seen[session.ref].append((session.kind, session.stage))
    for item in kept(made, request):
        for name in item.requires:
            if item.id in first and name in last:
                assert last[name] < first[item.id]
        order = [(KINDS[kind], stage) for kind, stage, _ in left_to_do(item, request.pace)]
        assert seen[item.id] == sorted(seen[item.id], key=order.index)


@some
@given(anything)
def test_no_day_is_over_its_minutes_and_days_off_are_empty(request: Request) -> None:
    made = plan(request)
    done_today = sum(s.minutes for d in request.history if d.date == request.today for s in d.sessions)
    for day in made.days:
        if day.date < max(request.start, request.today):
            continue
        rest = request.availability.minutes[day.date.weekday()]
        if day.date in request.availability.days_off:
            rest = 0
        assert day.available == rest
        if day.date == request.today:
            rest = max(0, rest - done_today)
        assert day.planned <= rest
        assert all(session.minutes > 0 for session in day.sessions)


@some
@given(anything)
def test_reviews_take_a_third_at_most_and_none_is_lost_while_there_is_room(request: Request) -> None:
    made = plan(msgspec.structs.replace(request, review_gaps=()))
    waiting = 0
    first = max(request.start, request.today)
    due = Counter({max(day, first): 0 for day in request.reviews_due})
    for day, count in request.reviews_due.items():
        due[max(day, first)] += count
    for day in made.days:
        if day.date < first:
            continue
        waiting += due[day.date]
        for session in (s for s in day.sessions if s.kind == "review" and not s.done):
            count = int(session.title.split()[0])
            waiting -= count
            assert session.minutes == math.ceil(count * REVIEW_MINUTES)
            assert sum(s.minutes for s in day.sessions if s.kind == "review") <= day.available // 3
            assert session is next(s for s in day.sessions if not s.done), "reviews come first"
    assert waiting >= 0
    if waiting > sum(max(request.availability.minutes) // 3 for _ in range(20)) / REVIEW_MINUTES:
        assert any(warning.kind == "reviews" for warning in made.warnings)


@some
@given(anything)
def test_nothing_is_dropped_unless_optional_and_asked(request: Request) -> None:
    made = plan(request)
    by_id = {item.id: item for item in request.items}
    assert all(request.drop_optional and by_id[name].optional for name in made.dropped)
    needed = {name for item in kept(made, request) if left_to_do(item, request.pace) for name in item.requires}
    assert not needed & set(made.dropped)


@some
@given(anything)
def test_the_same_request_gives_the_same_plan(request: Request) -> None:
    assert plan(request) == plan(msgspec.convert(msgspec.to_builtins(request), Request))


@some
@given(anything)
def test_what_is_done_never_moves(request: Request) -> None:
    made = {day.date: day for day in plan(request).days}
    for day in request.history:
        if day.date < max(request.start, request.today):
            assert made[day.date] == day
        else:
            assert made[day.date].sessions[: len(day.sessions)] == day.sessions


@some
@given(anything)
def test_days_follow_one_another_and_the_end_is_the_last_day_of_work(request: Request) -> None:
    made = plan(request)
    ahead = [day.date for day in made.days if day.date >= max(request.start, request.today)]
    assert ahead == [ahead[0] + timedelta(days=number) for number in range(len(ahead))]
    work = [d.date for d in made.days for s in d.sessions if not s.done and s.kind != "review"]
    assert made.end == max(work, default=None)
    if made.end and made.end_range:
        assert made.end_range[0] <= made.end <= made.end_range[1]


@some
@given(anything)
def test_pieces_are_not_too_small_and_keys_are_unique(request: Request) -> None:
    made = plan(request)
    keys = [session.key for _, session in planned(made, request)]
    assert len(keys) == len(set(keys))
    for day in made.days:
        if day.date <= max(request.start, request.today):
            continue
        work = [s for s in day.sessions if s.kind != "review"]
        room = day.available - sum(s.minutes for s in day.sessions if s.kind == "review")
        for session in work:
            if any(wish.ref == session.ref for wish in request.wishes):
                continue  # cut where it was moved
            least = min(15 if session.kind != "build" else 30, room)
            assert session.minutes >= least or session.part == session.parts

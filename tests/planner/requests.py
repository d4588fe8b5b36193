"""Requests of every kind for the property tests."""

from datetime import date, timedelta

import msgspec
from hypothesis import strategies as st

from backroad.planner.model import Availability, Day, Item, Request, Session, Stage, Wish

TODAY = date(2027, 3, 3)  # a Wednesday

minutes = st.integers(1, 200)


@st.composite
def items(draw: st.DrawFn) -> tuple[Item, ...]:
    """Up to ten items without circles, in an order that may contradict their requirements."""
    made: list[Item] = []
    for number in range(draw(st.integers(0, 10))):
        earlier = [item.id for item in made]
        requires = tuple(draw(st.lists(st.sampled_from(earlier), unique=True, max_size=3))) if earlier else ()
        requires += draw(st.sampled_from([(), ("not.on-the-road",)]))
        optional = draw(st.booleans())
        if draw(st.integers(0, 3)) == 0:
            stages = draw(
                st.lists(st.builds(Stage, st.just("A stage"), minutes, st.booleans()), min_size=1, max_size=4)
            )
            made.append(Item(f"lab-{number}", "lab", "A lab", 1, requires, optional, stages=tuple(stages)))
        else:
            made.append(draw(skills(f"a.skill-{number}", requires, optional)))
    return tuple(draw(st.permutations(made)))


@st.composite
def skills(draw: st.DrawFn, name: str, requires: tuple[str, ...], optional: bool) -> Item:
    return Item(
        name,
        "skill",
        "A skill",
        draw(minutes),
        requires,
        optional,
        drills=draw(st.sampled_from([0, 6])),
        learned=draw(st.booleans()),
        drilled=draw(st.booleans()),
        done_minutes=draw(st.sampled_from([0, 0, 10, 500])),
    )


days_ahead = st.integers(0, 40).map(lambda number: TODAY + timedelta(days=number))
weeks = st.tuples(*[st.sampled_from([0, 1, 7, 14, 20, 45, 90, 300])] * 7).filter(lambda week: sum(week) >= 20)
availabilities = st.builds(Availability, weeks, st.frozensets(days_ahead, max_size=10))
forecasts = st.dictionaries(st.integers(-9, 40).map(lambda number: TODAY + timedelta(days=number)), st.integers(0, 60))


@st.composite
def histories(draw: st.DrawFn) -> tuple[Day, ...]:
    days = sorted(draw(st.sets(st.integers(-20, 0), max_size=4)))
    made = []
    for number in days:
        kinds = draw(st.lists(st.sampled_from(["learn", "drill", "review"]), max_size=3))
        sessions = tuple(Session(kind, "a.skill-0", "A skill", draw(st.integers(1, 60)), done=True) for kind in kinds)
        made.append(Day(TODAY + timedelta(days=number), draw(st.integers(0, 90)), sessions))
    return tuple(made)


requests = st.builds(
    Request,
    items=items(),
    availability=availabilities,
    start=st.sampled_from([TODAY - timedelta(days=30), TODAY, TODAY + timedelta(days=5)]),
    today=st.just(TODAY),
    reviews_due=forecasts,
    reviews_a_day=st.sampled_from([0, 3, 50]),
    drop_optional=st.booleans(),
    pace=st.sampled_from([1.0, 0.7, 1.9]),
    spread=st.sampled_from([0.0, 0.15, 0.5]),
    history=histories(),
)


@st.composite
def wishful(draw: st.DrawFn) -> Request:
    """A request with up to five wishes about its items: sensible, stale, contradictory, or about what is done."""
    request = draw(requests)
    made = []
    for item in draw(st.lists(st.sampled_from(request.items), max_size=5)) if request.items else ():
        build = item.kind == "lab"
        made.append(
            Wish(
                "build" if build else draw(st.sampled_from(["learn", "drill"])),
                item.id,
                draw(st.integers(1, 4)) if build else 0,
                TODAY + timedelta(days=draw(st.integers(-9, 40))),
                draw(st.sampled_from([1, 12, 40, 90])),
                draw(st.sampled_from([0, 0, 7, 30])),
                draw(st.sampled_from([0, 0, 4, 30])),
            )
        )
    return msgspec.structs.replace(request, wishes=tuple(made))

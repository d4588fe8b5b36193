"""Moving a session: whether it can stand on a day, why not, and which day is nearest. Pure."""

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from backroad.kit.errors import NotFound, Problem
from backroad.kit.say import say_day
from backroad.planner.fill import fill
from backroad.planner.model import Plan, Request, Session, Wish
from backroad.planner.schedule import in_time, setting_of
from backroad.planner.wishes import FURTHEST, because, named, wish_for

TRIED = 30
"""Days before and after the one asked for among which the nearest possible one is sought."""
BEFORE, AFTER = 7, 21
"""Days around a session that are offered."""


class CannotMove(Problem):
    """The day is not possible; `nearest` is one that is."""

    def __init__(self, sentence: str, nearest: date | None, held: date) -> None:
        where = ", where it is" if nearest == held else ""
        hint = f"The nearest possible day is {say_day(nearest)}{where}." if nearest else "No day near it is possible."
        super().__init__(sentence, hint, status=409)
        self.nearest = nearest


class Choice(msgspec.Struct, frozen=True):
    day: date
    why_not: str = ""
    """Empty for a possible day."""


def found(plan: Plan, name: str) -> tuple[date, Session]:
    """The session called `learn:sql.joins:0:2`; the stage and the part can be left out, then it is the next one."""
    wanted = name.split(":")
    done = False
    for day in plan.days:
        for session in day.sessions:
            if session.key.split(":")[: len(wanted)] == wanted and len(wanted) > 1:
                if session.kind == "review":
                    raise Problem("Reviews come when memory says so; they cannot be moved.", status=409)
                if not session.done:
                    return day.date, session
                done = True
    if done:
        raise Problem("That session is done, and what is done stays on its day.", status=409)
    raise NotFound(f"The plan has no session called {name[:80]!r}.", "backroad plan names those of the next two weeks.")


def own_wishes(request: Request, plan: Plan, day: date, session: Session) -> tuple[Wish, ...]:
    """The wish that put this session of the plan where it is, and those of its other parts that failed."""
    held = (session.kind, session.ref, session.stage)
    kept = {(other.kind, other.ref, other.stage, on.date) for on in plan.days for other in on.sessions if other.wished}
    return tuple(
        wish
        for wish in request.wishes
        if (wish.kind, wish.ref, wish.stage) == held
        and ((session.wished and wish.day == day) or (*held, wish.day) not in kept)
    )


def tried(request: Request, plan: Plan, held: date, session: Session, day: date) -> tuple[Request, Wish, str]:
    """The request with the session moved to that day, the wish, and why it cannot stand there; empty if it can."""
    own = own_wishes(request, plan, held, session)
    others = tuple(wish for wish in request.wishes if wish not in own)
    wish = wish_for(plan, session, day)
    asked = msgspec.structs.replace(request, wishes=(*others, wish))
    return asked, wish, _why_not(asked, wish, others, plan)


def _why_not(asked: Request, wish: Wish, others: tuple[Wish, ...], plan: Plan) -> str:
    first = max(asked.start, asked.today)
    if wish.day < first:
        return "the day is over" if wish.day < asked.today else f"the plan begins on {say_day(first)}"
    if (wish.day - first).days > FURTHEST:
        return "it is more than four years ahead"
    setting = in_time(asked)[0] if asked.dues else setting_of(asked)
    last = max(other.day for other in asked.wishes)
    laid = fill(setting, min(last, first + timedelta(days=FURTHEST)).toordinal())
    pins = setting.work.pins
    for place, miss in laid.missed.items():
        if pins[place].wish == wish:
            needs = "" if miss.needs in (-1, place[0]) else setting.work.items[miss.needs].title
            return because(miss.why, wish, minutes=miss.minutes, needs=needs)
    broken_before = {(one.kind, one.ref, one.stage, one.day) for one in plan.broken}
    for place, miss in laid.missed.items():
        other = pins[place].wish
        if miss.why == "full" and other.day == wish.day:
            return because("full", wish, minutes=miss.minutes)
        if (other.kind, other.ref, other.stage, other.day) not in broken_before:
            title = setting.work.items[place[0]].title
            return f"{named(other.kind, title)} could then not stay on {say_day(other.day)}, where you moved it"
    return "" if any(pin.wish == wish for pin in pins.values()) else "another part of it stands there"


def choices(request: Request, plan: Plan, held: date, session: Session) -> list[Choice]:
    """The days around the session, possible or not."""
    first = max(request.start, request.today, held - timedelta(days=BEFORE))
    days = (first + timedelta(days=number) for number in range(BEFORE + AFTER + 1))
    return [Choice(day, tried(request, plan, held, session, day)[2]) for day in days]


def moved(request: Request, plan: Plan, name: str, day: date) -> tuple[tuple[Wish, ...], Wish]:
    """The wishes that go and the one that comes when the session is moved. Raises CannotMove."""
    held, session = found(plan, name)
    _, wish, why_not = tried(request, plan, held, session, day)
    if why_not:
        nearest = next((other for other in _around(day) if not tried(request, plan, held, session, other)[2]), None)
        said = f"{named(session.kind, session.title)} cannot stand on {say_day(day)}: {why_not}."
        raise CannotMove(said, nearest, held)
    return own_wishes(request, plan, held, session), wish


def _around(day: date) -> Iterator[date]:
    """The days after and before, nearest first."""
    for number in range(1, TRIED + 1):
        for offset in (number, -number):
            try:
                yield day + timedelta(days=offset)
            except OverflowError:
                continue


def now_stands(plan: Plan, name: str | None) -> str:
    """What is said after a move; empty where nothing was moved."""
    if not name:
        return ""
    try:
        day, session = found(plan, name)
    except Problem:
        return ""
    said = f"{named(session.kind, session.title)} stands on {say_day(day)}"
    return f"{said}, where you moved it." if session.wished else f"{said}: the plan decides."

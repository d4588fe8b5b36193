"""The plan of a request: checks it, has the days filled, and says what came out in sessions, dates and sentences."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from backroad.kit.errors import Problem
from backroad.kit.say import plural, say_date
from backroad.planner.fill import HORIZON, Calendar, Laid, Reviews, Setting, fill
from backroad.planner.model import (
    REVIEW_MINUTES,
    Day,
    Item,
    Plan,
    PlanWarning,
    Request,
    Session,
)
from backroad.planner.offers import late
from backroad.planner.work import BUILD, KINDS, Work, arrange

REVIEWS_WAIT_DAYS = 14
"""Reviews that are left over at the end of the plan are worth a warning when they are more than so many days hold."""


def plan(request: Request) -> Plan:
    """Every day from the history to the end of the road. The same request gives the same plan.

    Raises Problem for a request that contradicts itself, and for a road that does not end within six years.
    """
    _check(request)
    work = arrange(request.items, pace=request.pace, drop_optional=request.drop_optional)
    calendar = _calendar(request)
    setting = Setting(work, calendar, _reviews(request), _learned_today(request))
    laid = fill(setting)
    if not laid.complete:
        raise _too_long(calendar, work.total)
    warnings = [*late(request, setting, laid), *_crowded(calendar, laid)]
    return Plan(
        days=_days(request, work, calendar, laid),
        end=date.fromordinal(laid.end) if laid.end else None,
        end_range=_end_range(work, calendar, laid, request.spread) if laid.end else None,
        minutes_left=work.total,
        warnings=tuple(warnings),
        dropped=work.dropped,
    )


def _check(request: Request) -> None:
    week = request.availability.minutes
    if len(week) != 7 or not all(0 <= minutes <= 1440 for minutes in week):
        raise Problem("The week needs seven numbers of minutes from 0 to 1440.", "Give one for each day from Monday.")
    future = [day.date for day in request.history if day.date > request.today]
    if future:
        raise Problem(f"The history reaches into the future ({min(future)}).", "Check the clock of this machine.")
    if any(gap < 1 for gap in request.review_gaps):
        raise Problem("A review can come back after one day at the earliest.", "Give gaps of 1 day or more.")


def _too_long(calendar: Calendar, minutes: int) -> Problem:
    if not any(calendar.week):
        return Problem("There are no minutes on any weekday.", "Give at least one weekday some time.")
    return Problem(
        f"The road does not end within six years: {-(-minutes // 60)} hours are left.",
        "Give the week more minutes, or choose a shorter road.",
    )


def _calendar(request: Request) -> Calendar:
    first = max(request.start, request.today)
    used = [session for day in request.history if day.date == first for session in day.sessions]
    return Calendar(
        week=request.availability.minutes,
        off=frozenset(day.toordinal() for day in request.availability.days_off),
        first=first.toordinal(),
        used=sum(session.minutes for session in used),
        reviewed=sum(session.minutes for session in used if session.kind == "review"),
    )


def _reviews(request: Request) -> Reviews:
    due = {day.toordinal(): count for day, count in request.reviews_due.items() if count > 0}
    return Reviews(due, request.review_gaps, REVIEW_MINUTES, max(due, default=0))


def _learned_today(request: Request) -> frozenset[str]:
    first = max(request.start, request.today)
    today = (session for day in request.history if day.date == first for session in day.sessions)
    return frozenset(session.ref for session in today if session.kind == "learn")


def _end_range(work: Work, calendar: Calendar, laid: Laid, spread: float) -> tuple[date, date]:
    """The work a share less, and a share more at the rate at which the plan uses its days."""
    share = min(max(spread, 0.0), 0.9)
    enough, done, early = work.total * (1 - share), 0, laid.end
    for day, _, _, minutes in laid.chunks:
        done += minutes
        if done >= enough:
            early = day
            break
    whole = sum(calendar.available(day) for day in range(calendar.first, laid.end + 1))
    used = work.total / max(whole, work.total)
    more, day = work.total * share, laid.end
    while more >= 1 and day < calendar.first + 2 * HORIZON:
        day += 1
        more -= calendar.available(day) * used
    return date.fromordinal(early), date.fromordinal(day)


def _crowded(calendar: Calendar, laid: Laid) -> list[PlanWarning]:
    a_day = max(calendar.week) // 3 / REVIEW_MINUTES
    if laid.waiting <= a_day * REVIEWS_WAIT_DAYS:
        return []
    text = (
        f"{plural(laid.waiting, 'review')} still wait on {say_date(date.fromordinal(laid.last))}: "
        "reviews take at most a third of a day."
    )
    return [PlanWarning("reviews", text)]


def _days(request: Request, work: Work, calendar: Calendar, laid: Laid) -> tuple[Day, ...]:
    planned = _sessions(request, work, laid)
    days = [day for day in request.history if day.date.toordinal() < calendar.first]
    today = [day for day in request.history if day.date.toordinal() == calendar.first]
    for number in range(calendar.first, laid.last + 1):
        before = tuple(session for day in today for session in day.sessions) if number == calendar.first else ()
        sessions = (*before, *planned.get(number, ()))
        days.append(Day(date.fromordinal(number), calendar.available(number), sessions))
    return tuple(days)


def _sessions(request: Request, work: Work, laid: Laid) -> dict[int, list[Session]]:
    """day -> its sessions, reviews first. Parts are counted on from those that the history holds."""
    earlier = _earlier(request)
    parts = Counter((place, part) for _, place, part, _ in laid.chunks)
    seen: Counter[tuple[int, int]] = Counter()
    planned: dict[int, list[Session]] = {}
    for day, (count, minutes) in laid.reviews.items():
        name = date.fromordinal(day).isoformat()
        number = earlier.get(("review", name, 0), 0) + 1
        planned[day] = [Session("review", name, plural(count, "review"), minutes, number, number)]
    for day, place, part, minutes in laid.chunks:
        item = work.items[place]
        kind, stage, _ = work.parts[place][part]
        before = earlier.get((KINDS[kind], item.id, stage), 0)
        seen[place, part] += 1
        session = Session(
            KINDS[kind],
            item.id,
            _title(item, kind, stage),
            minutes,
            before + seen[place, part],
            before + parts[place, part],
            stage,
            item.optional,
        )
        planned.setdefault(day, []).append(session)
    return planned


def _title(item: Item, kind: int, stage: int) -> str:
    return f"{item.title}: {item.stages[stage - 1].title}" if kind == BUILD else item.title


def _earlier(request: Request) -> Mapping[tuple[str, str, int], int]:
    """How many sessions of each part were done, so that `part 3` keeps its number and its key."""
    return Counter((session.kind, session.ref, session.stage) for day in request.history for session in day.sessions)

"""The plan of a request: checks it, has the days filled, and says what came out in sessions, dates and sentences."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from backroad.kit.errors import Problem
from backroad.kit.say import plural, say_date, say_day
from backroad.planner import dues
from backroad.planner.fill import HORIZON, REVIEWS_WAIT_DAYS, Calendar, Laid, Reviews, Setting, fill
from backroad.planner.model import (
    REVIEW_MINUTES,
    Broken,
    Day,
    Due,
    Item,
    Plan,
    PlanWarning,
    Request,
    Session,
)
from backroad.planner.offers import late
from backroad.planner.wishes import because, missed, named, standing, too_long, warnings
from backroad.planner.work import BUILD, KINDS, Work, arrange

ATTEMPTS = 5
"""So often the days are filled at most until what is due is in time; at the last, all of it goes first."""


def plan(request: Request) -> Plan:
    """Every day from the history to the end of the road. The same request gives the same plan.

    Raises Problem for a request that contradicts itself, and for a road that does not end within six years.
    """
    setting, laid = in_time(request)
    work, calendar = setting.work, setting.calendar
    if not laid.complete:
        if request.wishes:
            return _without_wishes(request)
        raise _too_long(calendar, work.total)
    broken = broken_wishes(request, work, laid) if request.wishes else ()
    crowded = _crowded(calendar, laid, setting.reviews.most)
    return Plan(
        days=_days(request, work, calendar, laid),
        end=date.fromordinal(laid.end) if laid.end else None,
        end_range=_end_range(work, calendar, laid, request.spread) if laid.end else None,
        minutes_left=work.total,
        warnings=(
            *dues.warnings(request.dues, work, laid, request.today),
            *late(request, setting, laid),
            *crowded,
            *warnings(broken),
        ),
        dropped=work.dropped,
        due=sum(count for day, count in setting.reviews.due.items() if day <= calendar.first),
        broken=broken,
    )


def in_time(request: Request) -> tuple[Setting, Laid]:
    """The days filled. What is due and would come late goes first; what is not in danger keeps its place."""
    first: frozenset[Due] = frozenset()
    for attempt in range(1, ATTEMPTS + 1):
        setting = setting_of(request, dues.in_order(first, request.today))
        laid = fill(setting)
        late_ones = dues.late(request.dues, setting.work, laid) - first
        if not late_ones:
            break
        first = first | late_ones if attempt < ATTEMPTS - 1 else frozenset(request.dues)
    return setting, laid


def setting_of(request: Request, first: Sequence[Due] = ()) -> Setting:
    """All that the days are filled from; of what is due, `first` goes first. Raises Problem for a request that
    contradicts itself."""
    _check(request)
    calendar = _calendar(request)
    wishes = standing(request.wishes, calendar.first)
    work = arrange(
        request.items,
        pace=request.pace,
        drop_optional=request.drop_optional,
        wishes=wishes,
        dues=request.dues,
        first=first,
    )
    return Setting(work, calendar, _reviews(request), _learned_today(request))


def _without_wishes(request: Request) -> Plan:
    """The plan for a learner with whose wishes the road does not end."""
    made = plan(msgspec.structs.replace(request, wishes=()))
    titles = {f"{s.kind}:{s.ref}:{s.stage}": s.title for day in made.days for s in day.sessions if not s.done}
    broken = too_long(request.wishes, titles)
    return msgspec.structs.replace(made, warnings=(*made.warnings, *warnings(broken)), broken=tuple(broken))


def broken_wishes(request: Request, work: Work, laid: Laid) -> tuple[Broken, ...]:
    """Each wish that did not get its day, and why; the missed ones first."""
    left: Counter[str] = Counter()
    titles: dict[str, str] = {}
    for item, parts in zip(work.items, work.parts, strict=True):
        for kind, stage, minutes in parts:
            thing = f"{KINDS[kind]}:{item.id}:{stage}"
            left[thing] += minutes
            titles[thing] = _title(item, kind, stage)
    found = missed(request, left, titles)
    begins = {(place, part): day for day, place, part, _ in reversed(laid.chunks)}
    for (place, part), miss in laid.missed.items():
        wish, item = work.pins[place, part].wish, work.items[place]
        title, needs = titles[wish.thing], work.items[miss.needs] if miss.needs >= 0 else item
        reason = because(miss.why, wish, minutes=miss.minutes, needs="" if needs is item else needs.title)
        begin = begins.get((place, part))
        comes = f" It comes on {say_day(date.fromordinal(begin))}." if begin else ""
        text = f"{named(wish.kind, title)} was moved to {say_day(wish.day)}, but {reason}.{comes}"
        before = needs.id if miss.why == "needs" else ""
        found.append(
            Broken(miss.why, wish.kind, wish.ref, title, wish.day, text, miss.minutes, before, stage=wish.stage)
        )
    return tuple(found)


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
    most = request.reviews_a_day or math.inf
    answered = request.reviewed if request.start <= request.today else 0
    last = max([*due, *(assigned.day.toordinal() for assigned in request.dues)], default=0)
    return Reviews(due, request.review_gaps, REVIEW_MINUTES, last, most, answered)


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


def _crowded(calendar: Calendar, laid: Laid, most: float) -> list[PlanWarning]:
    a_day = min(max(calendar.week) // 3 / REVIEW_MINUTES, most)
    waiting, last = laid.over
    if waiting <= a_day * REVIEWS_WAIT_DAYS:
        return []
    text = (
        f"{plural(waiting, 'review')} still wait on {say_date(date.fromordinal(last))}: "
        "they take at most a third of a day, and no more than the settings say."
    )
    return [PlanWarning("reviews", text)]


def _days(request: Request, work: Work, calendar: Calendar, laid: Laid) -> tuple[Day, ...]:
    planned = _sessions(request, work, laid)
    due = dues.due_on(request.dues, work, laid)
    days = [
        msgspec.structs.replace(day, due=due.get(day.date, ()))
        for day in request.history
        if day.date.toordinal() < calendar.first
    ]
    begun = [day for day in request.history if day.date.toordinal() == calendar.first]
    for number in range(calendar.first, laid.last + 1):
        before = tuple(session for other in begun for session in other.sessions) if number == calendar.first else ()
        sessions = (*before, *planned.get(number, ()))
        day = date.fromordinal(number)
        days.append(Day(day, calendar.available(number), sessions, due.get(day, ())))
    return tuple(days)


def _sessions(request: Request, work: Work, laid: Laid) -> dict[int, list[Session]]:
    """day -> its sessions, reviews first. Parts are counted on from those that the history holds."""
    earlier = _earlier(request)
    parts = Counter((place, *work.parts[place][part][:2]) for _, place, part, _ in laid.chunks)
    seen: Counter[tuple[int, int, int]] = Counter()
    wished = set(laid.kept)
    due = dues.session_days(request.dues, work)
    planned: dict[int, list[Session]] = {}
    for day, (count, minutes) in laid.reviews.items():
        name = date.fromordinal(day).isoformat()
        number = earlier.get(("review", name, 0), 0) + 1
        planned[day] = [Session("review", name, plural(count, "review"), minutes, number, number, count=count)]
    for day, place, part, minutes in laid.chunks:
        item = work.items[place]
        kind, stage, _ = work.parts[place][part]
        before = earlier.get((KINDS[kind], item.id, stage), 0)
        seen[place, kind, stage] += 1
        session = Session(
            KINDS[kind],
            item.id,
            _title(item, kind, stage),
            minutes,
            before + seen[place, kind, stage],
            before + parts[place, kind, stage],
            stage,
            item.optional,
            wished=(place, part) in wished,
            due=due.get((place, part)),
        )
        wished.discard((place, part))
        planned.setdefault(day, []).append(session)
    return planned


def _title(item: Item, kind: int, stage: int) -> str:
    return f"{item.title}: {item.stages[stage - 1].title}" if kind == BUILD else item.title


def _earlier(request: Request) -> Mapping[tuple[str, str, int], int]:
    """How many sessions of each part were done, so that `part 3` keeps its number and its key."""
    return Counter((session.kind, session.ref, session.stage) for day in request.history for session in day.sessions)

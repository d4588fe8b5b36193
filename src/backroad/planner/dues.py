"""Work that is due on a day: which of it must go first, whether it will be done in time, and how that is said. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date

from backroad.kit.say import plural, say_day, say_minutes
from backroad.planner.fill import Laid
from backroad.planner.model import Due, DueOn, PlanWarning
from backroad.planner.work import Work, due_parts

SAID = 3
"""So many that come late are told, the others are counted."""


def late(dues: Iterable[Due], work: Work, laid: Laid) -> frozenset[Due]:
    """Those that this way of filling the days does not get done by their day."""
    return frozenset(due for due in dues if not _is_done(due, work) and not _fits(due, work, laid))


def in_order(first: Iterable[Due], today: date) -> tuple[Due, ...]:
    """The soonest first; but what is overdue already makes nothing else late."""
    return tuple(sorted(first, key=lambda due: (due.day < today, due.day, due.id, due.ref)))


def _is_done(due: Due, work: Work) -> bool:
    return not due_parts(due, work.items, work.parts)


def _fits(due: Due, work: Work, laid: Laid) -> bool:
    end = _end(due, work, laid)
    return end is not None and end <= due.day.toordinal()


def _end(due: Due, work: Work, laid: Laid) -> int | None:
    """The day on which its last part is laid; None where the days ran out."""
    wanted = due_parts(due, work.items, work.parts)
    left = sum(minutes for place, last in wanted.items() for _, _, minutes in work.parts[place][: last + 1])
    end = 0
    for day, place, part, minutes in laid.chunks:
        if part <= wanted.get(place, -1):
            left -= minutes
            end = day
    return end if left <= 0 else None


def due_on(dues: Sequence[Due], work: Work, laid: Laid) -> dict[date, tuple[DueOn, ...]]:
    """Day -> what is due on it. The pieces of one assignment are one; it is done when all of them are."""
    found: dict[date, dict[str, DueOn]] = {}
    for due in dues:
        done = _is_done(due, work)
        end = None if done else _end(due, work, laid)
        ends = date.fromordinal(end) if end else None
        of_day = found.setdefault(due.day, {})
        other = of_day.get(due.id)
        if other is not None and not other.done:
            done, ends = False, max(ends or other.ends, other.ends or ends) if ends and other.ends else None
        of_day[due.id] = DueOn(due.id, due.name, due.by, done, ends)
    return {day: tuple(there.values()) for day, there in found.items()}


def session_days(dues: Iterable[Due], work: Work) -> dict[tuple[int, int], date]:
    """(item, part) -> the first day on which it is due; without what only leads there."""
    days: dict[tuple[int, int], date] = {}
    for due in sorted(dues, key=lambda due: due.day, reverse=True):
        for place, last in due_parts(due, work.items, work.parts).items():
            if work.items[place].id == due.ref:
                days.update({(place, part): due.day for part in range(last + 1)})
    return days


def warnings(dues: Sequence[Due], work: Work, laid: Laid, today: date) -> list[PlanWarning]:
    """What cannot be done in time, although it goes first."""
    told: dict[str, list[Due]] = {}
    for due in sorted(late(dues, work, laid), key=lambda due: (due.day, due.name, due.ref)):
        told.setdefault(due.id, []).append(due)
    texts = [_sentence(group, work, laid, today) for group in told.values()]
    if len(texts) > SAID:
        more = plural(len(texts) - SAID, "more assignment cannot", "more assignments cannot")
        texts = [*texts[:SAID], f"{more} be done in time."]
    return [PlanWarning("due", text) for text in texts]


def _sentence(group: Sequence[Due], work: Work, laid: Laid, today: date) -> str:
    due = group[0]
    ends = [_end(one, work, laid) for one in group]
    known = [end for end in ends if end is not None]
    ends_on = (
        f"on {say_day(date.fromordinal(max(known)))}" if len(known) == len(ends) else "later than six years from now"
    )
    named = f"{due.name} ({due.by})"
    if due.day < today:
        return f"{named} was due on {say_day(due.day)}. It comes before the rest of the road, and is done {ends_on}."
    after = _minutes_after(group, work, laid)
    return (
        f"{named} is due on {say_day(due.day)} and cannot be done by then with your minutes: {say_minutes(after)} of "
        f"it and of what it needs come later, and it is done {ends_on}. Give your week more time, or tell your "
        "instructor."
    )


def _minutes_after(group: Sequence[Due], work: Work, laid: Laid) -> int:
    last = group[0].day.toordinal()
    wanted: dict[int, int] = {}
    for due in group:
        for place, part in due_parts(due, work.items, work.parts).items():
            wanted[place] = max(part, wanted.get(place, -1))
    return sum(minutes for day, place, part, minutes in laid.chunks if day > last and part <= wanted.get(place, -1))

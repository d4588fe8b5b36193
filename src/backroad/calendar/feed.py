"""From a plan to an iCalendar file (RFC 5545). Pure.

An event is named after what its session is about and which part of it, never after its day: when the plan moves, the
same event has another time. Times are floating, so that 18:00 is 18:00 where the learner is, in summer and winter.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from backroad.accounts.model import Learner
from backroad.kit.say import say_minutes
from backroad.planner.model import Day, DueOn, Plan, Session

if TYPE_CHECKING:
    from icalendar import Event

DAYS = 90
MIDNIGHT = 24 * 60
ASK_AGAIN = timedelta(hours=1)


def feed(
    plan: Plan,
    learner: Learner,
    *,
    address: str,
    now: datetime,
    today: date,
    private: Collection[str] = frozenset(),
) -> tuple[bytes, int]:
    """The file, and how many events it holds. `address` is where Backroad runs, for links; a calendar is made to be
    shown to others, so that it does not name the `private` skills."""
    from icalendar import Calendar, Event  # a fifth of a second, which other pages need not wait for

    calendar = Calendar()
    calendar.add("prodid", "-//Backroad//The road to backend engineering//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", "Backroad")
    calendar.add("x-wr-calname", "Backroad")
    calendar.add("refresh-interval", ASK_AGAIN)
    count = 0
    for session, begin in _placed(plan, learner, today):
        event = Event()
        event.add("uid", uid(learner, session))
        event.add("dtstamp", now)
        event.add("last-modified", now)
        event.add("sequence", max(0, int((now - learner.created_at).total_seconds() // 60)))
        event.add("dtstart", begin)
        event.add("dtend", begin + timedelta(minutes=session.minutes))
        hidden = session.ref in private
        event.add("summary", f"{session.kind.capitalize()}: a topic of your own" if hidden else _summary(session))
        event.add("description", f"{say_minutes(session.minutes)}{' · optional' if session.optional else ''}")
        event.add("categories", ["Backroad", session.kind])
        event.add("url", f"{address}/" if hidden else f"{address}{session.path}")
        calendar.add_component(event)
        count += 1
    for day, due in _due(plan, today):
        calendar.add_component(_deadline(Event(), day, due, learner, address, now))
        count += 1
    return calendar.to_ical(), count


def _due(plan: Plan, today: date) -> Iterator[tuple[date, DueOn]]:
    """What others wait for, from today on; also beyond the days of the sessions."""
    return ((day.date, due) for day in plan.days if day.date >= today for due in day.due)


def _deadline(event: "Event", day: date, due: DueOn, learner: Learner, address: str, now: datetime) -> "Event":
    """A whole day (RFC 5545, section 3.6.1: a date and no end). It is named after its assignment: a deadline that
    moves is the same event on another day."""
    name = f"backroad:{learner.id}:{learner.created_at.isoformat()}:due:{due.id}"
    event.add("uid", f"{uuid5(NAMESPACE_URL, name)}@backroad")
    event.add("dtstamp", now)
    event.add("last-modified", now)
    event.add("sequence", max(0, int((now - learner.created_at).total_seconds() // 60)))
    event.add("dtstart", day)
    event.add("summary", f"{'Done' if due.done else 'Due'}: {due.name}")
    event.add("description", due.by)
    event.add("categories", ["Backroad", "due"])
    event.add("transp", "TRANSPARENT")
    event.add("url", f"{address}/plan?week={day}")
    return event


def _placed(plan: Plan, learner: Learner, today: date) -> Iterator[tuple[Session, datetime]]:
    """The sessions that are still to do, each with the moment at which it begins."""
    last = today + timedelta(days=DAYS)
    for day in plan.days:
        if today <= day.date < last:
            minute = _begin(day, learner)
            for session in day.sessions:
                if not session.done:
                    yield session, datetime.combine(day.date, time()) + timedelta(minutes=minute)
                    minute += session.minutes


def _begin(day: Day, learner: Learner) -> int:
    """The hour of the settings; earlier on a day that would otherwise go on after midnight."""
    hours, minutes = learner.study_from.split(":")
    return max(0, min(int(hours) * 60 + int(minutes), MIDNIGHT - day.planned))


def uid(learner: Learner, session: Session) -> str:
    """The same for the same part of the same thing, on whatever day."""
    return f"{uuid5(NAMESPACE_URL, f'backroad:{learner.id}:{learner.created_at.isoformat()}:{session.key}')}@backroad"


def _summary(session: Session) -> str:
    part = f" ({session.part_of})" if session.part_of else ""
    what = session.title if session.kind == "review" else f"{session.kind.capitalize()}: {session.title}"
    return f"{what}{part}"

"""Where a learner wants a session: how a wish cuts the work, what became of it, and how that is said. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from backroad.kit.say import plural, say_day
from backroad.planner.model import Broken, Plan, PlanWarning, Request, Session, Wish

LAPSE_SHOWN = 7
"""Days for which the plan says that a wish was missed."""
FURTHEST = 1461
"""Days ahead to which a session can be moved: four years, so that two are left for what waits for it."""
CRUMB = 5
"""So few minutes before a wished session go with it."""
SAID = 3
"""So many broken wishes are told, the others are counted."""

Part = tuple[int, int, int]
"""(kind, stage number or 0, minutes)."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A part of the work that waits for its day."""

    day: int
    minutes: int
    """So many at least on that day."""
    wish: Wish


def cut(parts: Sequence[Part], kinds: Sequence[str], wishes: Sequence[Wish]) -> tuple[list[Part], dict[int, Pin]]:
    """The parts of an item, cut where a wished session begins, and the pins by number of the part.

    A wish of which nothing is left is passed over.
    """
    made: list[Part] = []
    pins: dict[int, Pin] = {}
    for kind, stage, left in parts:
        begins: dict[int, Wish] = {}
        for wish in sorted(wishes, key=lambda wish: (-wish.after, wish.day)):
            if wish.kind == kinds[kind] and wish.stage == stage and left > wish.after:
                begin = min(wish.before, max(0, left - wish.after - wish.minutes))
                begins[begin if begin > CRUMB else 0] = wish
        places = sorted({0, *begins})
        for begin, end in zip(places, [*places[1:], left], strict=True):
            if begin in begins:
                wish = begins[begin]
                wished = min(end, left - wish.after) - begin
                pins[len(made)] = Pin(wish.day.toordinal(), max(1, wished), wish)
            made.append((kind, stage, end - begin))
    return made, pins


def standing(wishes: Iterable[Wish], first: int) -> list[Wish]:
    """Those whose day is still to come, as far ahead as anything can be moved."""
    return [wish for wish in wishes if first <= wish.day.toordinal() <= first + FURTHEST]


def missed(request: Request, left: Mapping[str, int], titles: Mapping[str, str]) -> list[Broken]:
    """Wishes whose day went by: the plan decides again. `left` and `titles` go by `Wish.thing`."""
    first = max(request.start, request.today)
    worked = {(day.date, session.kind, session.ref) for day in request.history for session in day.sessions}
    lapsed = [
        wish
        for wish in request.wishes
        if 0 < (first - wish.day).days <= LAPSE_SHOWN
        and left.get(wish.thing, 0) > wish.after
        and (wish.day, wish.kind, wish.ref) not in worked
    ]
    return [
        _told(
            "missed", wish, titles[wish.thing], f"was moved to {say_day(wish.day)} and missed: the plan decides again."
        )
        for wish in sorted(lapsed, key=lambda wish: (wish.day, wish.thing))
    ]


def _told(why: Literal["missed", "long"], wish: Wish, title: str, said: str) -> Broken:
    return Broken(why, wish.kind, wish.ref, title, wish.day, f"{named(wish.kind, title)} {said}", stage=wish.stage)


def named(kind: str, title: str) -> str:
    return f"{kind.capitalize()}: {title}"


def because(why: str, wish: Wish, *, minutes: int = 0, needs: str = "") -> str:
    """What stands in the way, as `the day is full: 20 minutes more would do`. `needs` is empty for an earlier part."""
    if why == "full":
        return f"the day is full: {plural(minutes, 'minute')} more would do"
    if why == "off":
        return "the day has no minutes"
    if needs:
        return f"it needs {needs} first"
    before = {"learn": "part", "drill": "lesson", "build": "stage"}["learn" if wish.before else wish.kind]
    return "its lesson comes first" if before == "lesson" else f"the {before} before it comes first"


def too_long(wishes: Iterable[Wish], titles: Mapping[str, str]) -> list[Broken]:
    """All of them, where the road does not end with them."""
    why = "but with what you moved the road does not end within six years: the plan decides"
    return [
        _told("long", wish, titles[wish.thing], f"was moved to {say_day(wish.day)}, {why}.")
        for wish in wishes
        if wish.thing in titles
    ]


def warnings(broken: Sequence[Broken]) -> list[PlanWarning]:
    if not broken:
        return []
    more = [f"{plural(len(broken) - SAID, 'more wish', 'more wishes')} cannot be kept."] if len(broken) > SAID else []
    return [PlanWarning("wish", " ".join([*(one.text for one in broken[:SAID]), *more]))]


def wish_for(plan: Plan, session: Session, day: date) -> Wish:
    """The wish to have this session of the plan on that day."""
    alike = [
        other
        for held in plan.days
        for other in held.sessions
        if (other.kind, other.ref, other.stage, other.done) == (session.kind, session.ref, session.stage, False)
    ]
    before = sum(other.minutes for other in alike if other.part < session.part)
    after = sum(other.minutes for other in alike if other.part > session.part)
    return Wish(session.kind, session.ref, session.stage, day, session.minutes, before, after)

"""What a new plan moved, compared with the one before it, and how to say that in a line."""

from collections.abc import Iterator
from datetime import date
from typing import Literal

import msgspec

from backroad.kit.say import plural
from backroad.planner.model import Plan, Session

Reason = Literal["missed", "later", "earlier", "added", "removed"]


class Move(msgspec.Struct, frozen=True):
    """A session that has another date now. `before` is None for an added one, `after` for a removed one."""

    key: str
    kind: str
    ref: str
    title: str
    before: date | None
    after: date | None
    reason: Reason


class Changes(msgspec.Struct, frozen=True):
    moves: tuple[Move, ...]
    """By new date; removed sessions last. Reviews are not listed: they follow memory, not the plan."""
    missed_days: tuple[date, ...]
    """Days before today with planned sessions that were not done."""
    end_before: date | None
    end_after: date | None
    summary: str


def what_moved(old: Plan, new: Plan, today: date) -> Changes:
    """Compare when each lesson, each skill's drills and each stage of a lab begin; how they are cut into parts does not
    matter, but for a part that the learner moved. What was done since the old plan has not moved, nor what was worked
    on on its day."""
    done = [(day, session) for day, session in _sessions(new) if session.done]
    worked_on = {(day, session.kind, session.ref) for day, session in done}
    settled = {_thing(session) for _, session in done}
    settled |= {_thing(session) for day, session in _sessions(old) if (day, session.kind, session.ref) in worked_on}
    before, after = _begins(old, settled), _begins(new, settled)
    wished = {session.key for made in (old, new) for _, session in _sessions(made) if session.wished}
    _add_parts(wished, before, after, old, new)
    moves = [_move(key, before.get(key), after.get(key), today) for key in (*before, *(after.keys() - before.keys()))]
    found = sorted((move for move in moves if move is not None), key=lambda move: (move.after or date.max, move.key))
    missed = tuple(sorted({day for day, _ in before.values() if day < today}))
    return Changes(tuple(found), missed, old.end, new.end, _summary(found, missed, old.end, new.end))


def _sessions(plan: Plan) -> Iterator[tuple[date, Session]]:
    return ((day.date, session) for day in plan.days for session in day.sessions)


def _thing(session: Session) -> str:
    return f"{session.kind}:{session.ref}:{session.stage}"


def _begins(plan: Plan, settled: set[str]) -> dict[str, tuple[date, Session]]:
    """Thing -> its first session, without reviews and without what is settled."""
    found: dict[str, tuple[date, Session]] = {}
    for day, session in _sessions(plan):
        if not session.done and session.kind != "review" and _thing(session) not in settled:
            found.setdefault(_thing(session), (day, session))
    return found


def _add_parts(
    wished: set[str],
    before: dict[str, tuple[date, Session]],
    after: dict[str, tuple[date, Session]],
    old: Plan,
    new: Plan,
) -> None:
    """Parts that were moved by wish, where both plans have them and they are not what the lesson begins with."""
    parts = [
        {session.key: (day, session) for day, session in _sessions(made) if session.key in wished and not session.done}
        for made in (old, new)
    ]
    begins = {session.key for _, session in (*before.values(), *after.values())}
    for key in parts[0].keys() & parts[1].keys() - begins:
        before[key], after[key] = parts[0][key], parts[1][key]


def _move(
    key: str, before: tuple[date, Session] | None, after: tuple[date, Session] | None, today: date
) -> Move | None:
    some = after or before
    if some is None or (before and after and before[0] == after[0]):
        return None
    session = some[1]
    reason: Reason = _reason(before[0] if before else None, after[0] if after else None, today)
    left, right = before[0] if before else None, after[0] if after else None
    return Move(key, session.kind, session.ref, session.title, left, right, reason)


def _reason(before: date | None, after: date | None, today: date) -> Reason:
    if before is None:
        return "added"
    if after is None:
        return "removed"
    if after < before:
        return "earlier"
    return "missed" if before < today else "later"


def _summary(moves: list[Move], missed: tuple[date, ...], old_end: date | None, new_end: date | None) -> str:
    """E.g. `3 days missed; the end moves from 14 May to 18 May; 6 sessions moved, 1 added.`"""
    said = [f"{plural(len(missed), 'day')} missed"] if missed else []
    if old_end != new_end:
        said.append(_end(old_end, new_end))
    moved = sum(1 for move in moves if move.before and move.after)
    counts = [(moved, "moved"), *((sum(1 for m in moves if m.reason == what), what) for what in ("added", "removed"))]
    spoken = [(number, what) for number, what in counts if number]
    if spoken:
        first = f"{plural(spoken[0][0], 'session')} {spoken[0][1]}"
        said.append(", ".join([first, *(f"{number} {what}" for number, what in spoken[1:])]))
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}." if text else "Nothing moves."


def _end(old: date | None, new: date | None) -> str:
    if new is None:
        return "nothing is left to do"
    if old is None:
        return f"the end is now {new.day} {new:%B %Y}"
    years = " %Y" if old.year != new.year else ""
    return f"the end moves from {old.day} {old:%B{years}} to {new.day} {new:%B{years}}"

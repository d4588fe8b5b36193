"""A cohort's standing as CSV (RFC 4180): a line a learner, all skills of the road. Safe to open in a spreadsheet."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from backroad.cohorts import actions, figures, store
from backroad.cohorts.model import Content
from backroad.identity.model import Person
from backroad.kit import clock

PIECE = 1_000
"""Learners whose rows are read at a time."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
HEAD = (
    "learner",
    "name",
    "joined",
    "done %",
    "expected %",
    "minutes this week",
    "behind",
    "stuck",
    "stuck on",
    "overdue",
)


def cell(value: object) -> str:
    """One field. A text that a spreadsheet would calculate is led by an apostrophe (OWASP, CSV injection)."""
    text = str(value)
    if isinstance(value, str) and text.lstrip(" ").startswith(_FORMULA):
        text = f"'{text}"
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(sign in text for sign in ',"\r\n') else text


def line(values: Iterable[object]) -> str:
    return ",".join(map(cell, values)) + "\r\n"


def written(tx: Connection, person: Person, cohort_id: str, content: Content, now: datetime) -> tuple[str, str]:
    """The cohort's name and the file."""
    cohort = actions.taught(tx, person, cohort_id)
    assignments = store.assignments(tx, cohort_id)
    skills = [skill for skill in content.roads.get(cohort.road, ((), ()))[0] if skill in content.skills]
    expected = cohort.expected(clock.local_day(now))
    lines, after = [line((*HEAD, *skills))], None
    while True:
        rows = figures.roster(tx, cohort, content, assignments, now, PIECE, figures.Choice(after=after))
        lines += _lines(rows, figures.levels(tx, [row.learner for row in rows], skills), skills, expected)
        if len(rows) < PIECE:
            return cohort.name, "".join(lines)
        after = (rows[-1].folded, rows[-1].learner)


def _lines(
    rows: Sequence[figures.Row], levels: dict[str, dict[str, str]], skills: Sequence[str], expected: int
) -> list[str]:
    def yes(fact: bool) -> str:
        return "yes" if fact else "no"

    return [
        line(
            (
                row.learner,
                row.name,
                row.joined_at.date().isoformat(),
                row.done,
                expected,
                row.week_minutes,
                yes(row.behind),
                yes(row.stuck),
                row.stuck_on,
                row.overdue,
                *(levels[row.learner].get(skill, "new") for skill in skills),
            )
        )
        for row in rows
    ]

"""How learners of a cohort stand: each function is one statement, or two, however many learners there are."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, Select, and_, case, func, literal, or_, select

from backroad.cohorts import sums
from backroad.cohorts.assigning import required
from backroad.cohorts.model import BEHIND, IDLE_DAYS, STUCK_RUNS, Assignment, Cohort, Content, LabContent
from backroad.cohorts.sums import REACHED, Weights, d, e, level, s
from backroad.cohorts.tables import m, member_table, p
from backroad.identity.store import person_table
from backroad.kit.clock import local_day
from backroad.progress.store import verdict_table


class Row(msgspec.Struct, frozen=True):
    """One learner of a cohort, as the list of its learners has them."""

    learner: str
    name: str
    folded: str
    """The name by which they are ordered."""
    joined_at: datetime
    done: int
    """Per cent of the road."""
    week_minutes: int
    """Spent in the last seven days, today included."""
    active_at: datetime | None
    passed_at: datetime | None
    stuck_on: int
    """Checks that failed in three runs or more and have not passed since."""
    overdue: int
    """Assignments whose day is over."""
    behind: bool
    """More than ten points behind the dates, or with an assignment overdue."""
    idle: bool
    """Behind, and nothing passed for seven days."""

    @property
    def stuck(self) -> bool:
        return self.stuck_on > 0 or self.idle


class Choice(msgspec.Struct, frozen=True):
    """Which learners of a cohort are wanted, and after whom the page begins: (name in small letters, id)."""

    q: str = ""
    stuck: bool = False
    behind: bool = False
    after: tuple[str, str] | None = None
    only: str = ""


def _people(cohort: Cohort, choice: Choice) -> tuple[Any, ...]:
    folded = func.lower(p.name)
    where = [m.cohort == cohort.id, m.left_at.is_(None)]
    if choice.q:
        where.append(folded.contains(choice.q.lower(), autoescape=True))
    if choice.only:
        where.append(m.learner == choice.only)
    if choice.after:
        name, learner = choice.after
        where.append(or_(folded > name, and_(folded == name, m.learner > learner)))
    return tuple(where)


class Named(msgspec.Struct, frozen=True):
    learner: str
    name: str
    folded: str


def names(tx: Connection, cohort: Cohort, limit: int, after: tuple[str, str] | None = None) -> list[Named]:
    folded = func.lower(p.name).label("folded")
    found = (
        select(m.learner, p.name, folded)
        .join_from(member_table, person_table, p.id == m.learner)
        .where(*_people(cohort, Choice(after=after)))
        .order_by(folded, m.learner)
        .limit(limit)
    )
    return [Named(*row) for row in tx.execute(found)]


def roster(
    tx: Connection,
    cohort: Cohort,
    content: Content,
    assignments: Sequence[Assignment],
    now: datetime,
    limit: int,
    choice: Choice,
) -> list[Row]:
    """By name. One statement."""
    today = local_day(now)
    parts = {assignment: required(assignment, content) for assignment in assignments}
    inner = (
        select(
            m.learner,
            p.name,
            func.lower(p.name).label("folded"),
            m.joined_at,
            sums.share_done(m.learner, Weights(content, cohort.road)).label("done"),
            sums.seconds_since(m.learner, today - timedelta(days=6)).label("seconds"),
            sums.last_active(m.learner).label("active_at"),
            sums.last_passed(m.learner).label("passed_at"),
            sums.stuck_on(m.learner).label("stuck_on"),
            sums.overdue(m.learner, parts, today).label("overdue"),
        )
        .join_from(member_table, person_table, p.id == m.learner)
        .where(*_people(cohort, choice))
    )
    plain = not (choice.stuck or choice.behind)
    if plain:  # then only those of this page are looked at
        inner = inner.order_by("folded", m.learner).limit(limit)
    return [_row(row) for row in tx.execute(_chosen(inner, cohort, now, choice, limit)).mappings()]


def _chosen(inner: Select[Any], cohort: Cohort, now: datetime, choice: Choice, limit: int) -> Select[Any]:
    r = inner.subquery().c
    expected = cohort.expected(local_day(now))
    behind = or_(r.done < expected - BEHIND, r.overdue > 0)
    quiet = func.coalesce(r.passed_at, r.joined_at, type_=r.joined_at.type) < now - timedelta(days=IDLE_DAYS)
    found = select(*r, behind.label("behind"), and_(behind, quiet).label("idle")).order_by(r.folded, r.learner)
    if choice.behind:
        found = found.where(behind)
    if choice.stuck:
        found = found.where(or_(r.stuck_on > 0, and_(behind, quiet)))
    return found.limit(limit)


def _row(row: RowMapping) -> Row:
    return Row(
        learner=row["learner"],
        name=row["name"],
        folded=row["folded"],
        joined_at=row["joined_at"],
        done=min(100, int(row["done"])),
        week_minutes=round(row["seconds"] / 60),
        active_at=row["active_at"],
        passed_at=row["passed_at"],
        stuck_on=row["stuck_on"],
        overdue=row["overdue"],
        behind=bool(row["behind"]),
        idle=bool(row["idle"]),
    )


class StuckOn(msgspec.Struct, frozen=True):
    learner: str
    name: str
    ref: str
    """`lab/check id`."""
    runs: int
    """In which it failed since it last passed."""
    since: datetime
    """Of its last verdict."""


def stuck_checks(tx: Connection, cohort: Cohort, limit: int, *, lab: str = "", learner: str = "") -> list[StuckOn]:
    """Most runs first."""
    runs = sums.failed_runs()
    found = (
        select(d.learner, p.name, d.ref, runs.label("runs"), d.at)
        .select_from(verdict_table)
        .join(member_table, and_(m.learner == d.learner, m.cohort == cohort.id, m.left_at.is_(None)))
        .join(person_table, p.id == d.learner)
        .where(d.outcome == "failed")
    )
    if lab:
        found = found.where(d.ref.startswith(f"{lab}/", autoescape=True))
    if learner:
        found = found.where(d.learner == learner)
    r = found.subquery().c
    wanted = select(r.learner, r.name, r.ref, r.runs, r.at).where(r.runs >= STUCK_RUNS)
    rows = tx.execute(wanted.order_by(r.runs.desc(), r.at, r.name, r.ref, r.learner).limit(limit))
    return [StuckOn(*row) for row in rows]


class CheckFigures(msgspec.Struct, frozen=True):
    """How a check of a lab goes in a cohort."""

    ref: str
    tried: int
    """Learners whom it was judged for."""
    passed: int
    failed: int
    """Learners for whom it passes, and fails, now."""
    runs: int
    """Runs in which it was judged, of all of them together."""


def lab_checks(tx: Connection, cohort: Cohort, lab: LabContent) -> dict[str, CheckFigures]:
    """By ref; checks that nobody tried are left out."""
    refs = [ref for stage in lab.stages for ref in stage]
    mine = select(m.learner).where(m.cohort == cohort.id, m.left_at.is_(None))
    passed, failed = (func.sum(case((d.outcome == outcome, 1), else_=0)) for outcome in ("passed", "failed"))
    now = select(d.ref, func.count(), passed, failed).where(d.learner.in_(mine), d.ref.in_(refs)).group_by(d.ref)
    attempts = (
        select(e.ref, e.learner, func.count(sums.run_of.distinct()).label("runs"))
        .where(e.learner.in_(mine), e.ref.in_(refs), e.source == "check")
        .group_by(e.ref, e.learner)
        .subquery()
    )
    summed = select(attempts.c.ref, func.sum(attempts.c.runs)).group_by(attempts.c.ref)
    runs = {row[0]: int(row[1]) for row in tx.execute(summed)}
    return {
        row[0]: CheckFigures(row[0], row[1], int(row[2]), int(row[3]), runs.get(row[0], 0)) for row in tx.execute(now)
    }


def stages_finished(tx: Connection, cohort: Cohort, lab: LabContent) -> list[int]:
    """How many learners have each stage of the lab finished."""
    done = [func.sum(case((sums.finished(m.learner, stage, ()), 1), else_=0)) for stage in lab.stages]
    if not done:
        return []
    row = tx.execute(select(*done).where(m.cohort == cohort.id, m.left_at.is_(None))).one()
    return [int(number or 0) for number in row]


def assignments_done(
    tx: Connection, cohort: Cohort, content: Content, assignments: Sequence[Assignment], *, learner: str = ""
) -> list[int]:
    """How many learners have done each; with a `learner`, 1 for those that they have."""
    if not assignments:
        return []
    done = [
        func.sum(case((sums.finished(m.learner, *required(assignment, content)), 1), else_=0))
        for assignment in assignments
    ]
    where = [m.cohort == cohort.id, m.left_at.is_(None), *([m.learner == learner] if learner else [])]
    return [int(number or 0) for number in tx.execute(select(*done).where(*where)).one()]


def levels(tx: Connection, learners: Sequence[str], skills: Sequence[str]) -> dict[str, dict[str, str]]:
    """Learner -> skill -> level, for skills with evidence. Fading is left out: it needs every card."""
    found = select(s.learner, s.skill, level).where(s.learner.in_(learners), s.skill.in_(skills))
    table: dict[str, dict[str, str]] = {learner: {} for learner in learners}
    for learner, skill, reached in tx.execute(found):
        table[learner][skill] = reached
    return table


def area_counts(
    tx: Connection, learners: Sequence[str], areas: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, tuple[int, int]]]:
    """Learner -> area -> (skills proven, practised or proven)."""
    area = case(*((s.skill.in_(skills), literal(name)) for name, skills in areas.items() if skills), else_=literal(""))
    named = (
        select(s.learner, area.label("area"), level.label("level"))
        .where(s.learner.in_(learners), level.in_(REACHED))
        .subquery()
    )
    n = named.c
    proven = func.sum(case((n.level == "proven", 1), else_=0))
    found = select(n.learner, n.area, proven, func.count()).where(n.area != "").group_by(n.learner, n.area)
    table: dict[str, dict[str, tuple[int, int]]] = {learner: {} for learner in learners}
    for learner, name, high, both in tx.execute(found):
        table[learner][name] = (int(high), both)
    return table


class Totals(msgspec.Struct, frozen=True):
    """Of a whole cohort, today."""

    learners: int
    stuck: int
    behind: int
    done: int
    """Mean per cent of the road."""


def totals(
    tx: Connection, cohort: Cohort, content: Content, assignments: Sequence[Assignment], now: datetime
) -> Totals:
    """One statement over all of its learners."""
    today = local_day(now)
    parts = {assignment: required(assignment, content) for assignment in assignments}
    inner = select(
        m.joined_at,
        sums.share_done(m.learner, Weights(content, cohort.road)).label("done"),
        sums.last_passed(m.learner).label("passed_at"),
        sums.stuck_on(m.learner).label("stuck_on"),
        sums.overdue(m.learner, parts, today).label("overdue"),
    ).where(m.cohort == cohort.id, m.left_at.is_(None))
    r = inner.subquery().c
    behind = or_(r.done < cohort.expected(today) - BEHIND, r.overdue > 0)
    quiet = func.coalesce(r.passed_at, r.joined_at, type_=r.joined_at.type) < now - timedelta(days=IDLE_DAYS)
    stuck = or_(r.stuck_on > 0, and_(behind, quiet))
    row = tx.execute(
        select(
            func.count(),
            func.coalesce(func.sum(case((stuck, 1), else_=0)), 0),
            func.coalesce(func.sum(case((behind, 1), else_=0)), 0),
            func.coalesce(func.avg(r.done), 0.0),
        )
    ).one()
    return Totals(row[0], int(row[1]), int(row[2]), min(100, int(row[3])))


class LabTried(msgspec.Struct, frozen=True):
    """Learners who have begun a lab, and who have finished it."""

    begun: int
    finished: int


def labs_tried(tx: Connection, cohort: Cohort, labs: Mapping[str, LabContent]) -> dict[str, LabTried]:
    """One statement for all labs."""
    columns = []
    for lab in labs.values():
        refs = [ref for stage in lab.stages for ref in stage]
        begun = select(literal(1)).where(d.learner == m.learner, d.ref.in_(refs)).exists()
        columns.append(func.sum(case((begun, 1), else_=0)))
        columns.append(func.sum(case((sums.finished(m.learner, refs, ()), 1), else_=0)))
    if not columns:
        return {}
    row = tx.execute(select(*columns).where(m.cohort == cohort.id, m.left_at.is_(None))).one()
    numbers = [int(number or 0) for number in row]
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return {slug: LabTried(*pair) for slug, pair in zip(labs, pairs, strict=True)}

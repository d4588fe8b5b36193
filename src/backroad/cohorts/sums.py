"""Expressions over one learner's rows, for statements about many: each is a subquery that its outer query correlates.

They go by indexes that begin with the learner, so that what they cost grows with what that learner did and not with
how many learners there are.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Float,
    ScalarSelect,
    and_,
    case,
    func,
    literal,
    select,
)

from backroad.cohorts.model import STUCK_RUNS, Assignment, Content
from backroad.progress.store import activity_table, evidence_table, standing_table, verdict_table

REACHED = ("practised", "proven")
"""Levels at which a skill counts as done."""
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
e, s, d = evidence_table.c, standing_table.c, verdict_table.c
level = s.state["level"].as_string()
run_of = func.coalesce(e.detail["run"].as_string(), e.id)
"""The run of a check's evidence; of one that came without, the line itself."""
Learner = Column[Any]


class Weights:
    """How much of a road each skill and check is, in minutes. A stage counts by the share of its checks that pass."""

    def __init__(self, content: Content, road: str) -> None:
        skills, labs = content.roads.get(road, ((), ()))
        self.skills = {skill: float(content.skills[skill][1]) for skill in skills if skill in content.skills}
        self.checks: dict[str, float] = {}
        for lab in (content.labs[slug] for slug in labs if slug in content.labs):
            for stage, minutes in zip(lab.stages, lab.minutes, strict=True):
                self.checks.update({ref: minutes / len(stage) for ref in stage})
        self.whole = sum(self.skills.values()) + sum(self.checks.values())


def _weighed(column: ColumnElement[Any], weights: Mapping[str, float], sign: str) -> ColumnElement[Any]:
    """The weight of what the column names. Names are looked for below what stands before their sign: comparing each row
    with all names of the content would take most of the time."""
    below: dict[str, dict[float, list[str]]] = {}
    for name, weight in weights.items():
        below.setdefault(name.partition(sign)[0], {}).setdefault(weight, []).append(name)
    nothing = literal(0.0, Float)
    branches = [
        (
            column.startswith(f"{first}{sign}", autoescape=True),
            case(*((column.in_(names), literal(weight, Float)) for weight, names in alike.items()), else_=nothing),
        )
        for first, alike in below.items()
    ]
    return case(*branches, else_=nothing) if branches else nothing


def share_done(learner: Learner, weights: Weights) -> ColumnElement[Any]:
    """0 to 100: per cent of the road's minutes that a learner has done."""
    skills = select(func.sum(_weighed(s.skill, weights.skills, "."))).where(s.learner == learner, level.in_(REACHED))
    checks = select(func.sum(_weighed(d.ref, weights.checks, "/"))).where(d.learner == learner, d.outcome == "passed")
    both = func.coalesce(skills.scalar_subquery(), 0.0) + func.coalesce(checks.scalar_subquery(), 0.0)
    return 100.0 * both / (weights.whole or 1.0)


def seconds_since(learner: Learner, day: date) -> ColumnElement[Any]:
    """What they logged from that day on."""
    t = activity_table.c
    spent = select(func.sum(t.seconds)).where(t.learner == learner, t.day >= day)
    return func.coalesce(spent.scalar_subquery(), 0.0)


def last_passed(learner: Learner) -> ScalarSelect[Any]:
    """When they last passed anything."""
    found = select(e.at).where(e.learner == learner, e.outcome == "passed").order_by(e.at.desc()).limit(1)
    return found.scalar_subquery()


def last_active(learner: Learner) -> ScalarSelect[Any]:
    return select(e.at).where(e.learner == learner).order_by(e.at.desc()).limit(1).scalar_subquery()


def failed_runs() -> ScalarSelect[Any]:
    """Of the outer `verdict`: in how many runs its check failed since it last passed."""
    other = evidence_table.alias("other")
    o = other.c
    passed = select(func.max(o.at, type_=o.at.type)).where(
        o.learner == d.learner, o.ref == d.ref, o.source == "check", o.outcome == "passed"
    )
    since = func.coalesce(passed.correlate(verdict_table).scalar_subquery(), literal(LONG_AGO, o.at.type))
    counted = select(func.count(run_of.distinct())).where(
        e.learner == d.learner, e.ref == d.ref, e.source == "check", e.outcome == "failed", e.at > since
    )
    return counted.correlate(verdict_table).scalar_subquery()


def stuck_on(learner: Learner) -> ScalarSelect[Any]:
    """On how many checks they are stuck."""
    found = select(func.count()).where(d.learner == learner, d.outcome == "failed", failed_runs() >= STUCK_RUNS)
    return found.scalar_subquery()


def _count_of(
    what: ColumnElement[Any], learner: Learner, table_learner: ColumnElement[Any], *where: ColumnElement[bool]
) -> ScalarSelect[Any]:
    return select(func.count(what)).where(table_learner == learner, *where).scalar_subquery()


def finished(learner: Learner, checks: Iterable[str], skills: Iterable[str]) -> ColumnElement[bool]:
    """Whether all of these checks pass and all of these skills are practised or proven."""
    refs, names = tuple(checks), tuple(skills)
    wanted = []
    if refs:
        wanted.append(_count_of(d.ref, learner, d.learner, d.ref.in_(refs), d.outcome == "passed") == len(refs))
    if names:
        wanted.append(_count_of(s.skill, learner, s.learner, s.skill.in_(names), level.in_(REACHED)) == len(names))
    return and_(*wanted) if wanted else literal(True) == literal(True)


def overdue(
    learner: Learner, required: Mapping[Assignment, tuple[tuple[str, ...], tuple[str, ...]]], today: date
) -> ColumnElement[Any]:
    """How many assignments whose day is over are not done."""
    late = [parts for assignment, parts in required.items() if assignment.deadline < today]
    missing = [case((finished(learner, *parts), 0), else_=1) for parts in late]
    total: ColumnElement[Any] = literal(0)
    for one in missing:
        total = total + one
    return total

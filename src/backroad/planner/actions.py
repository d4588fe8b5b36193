"""The learner's plan: built from the road, from what is done and from the week they have."""

from collections.abc import Mapping
from datetime import date, timedelta

import msgspec
from sqlalchemy import Connection

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum, Road
from backroad.kit import clock
from backroad.planner import store
from backroad.planner.changes import Changes, what_moved
from backroad.planner.model import Availability, Day, Item, Plan, Request, Session
from backroad.planner.outline import Done, LabOutline, items_of
from backroad.planner.schedule import plan as make_plan
from backroad.progress import Facts
from backroad.progress import actions as progress
from backroad.progress.model import ActivityKind

Outlines = Mapping[str, LabOutline]
FORECAST_DAYS = 400


def done_so_far(tx: Connection, learner: str) -> Done:
    """What the ledger and the log of time say is done."""
    spent = progress.time_by_kind(tx, learner)
    return Done(
        minutes={ref: round(seconds / 60) for (kind, ref), seconds in spent.items() if kind in ("drill", "build")},
        read=frozenset(progress.read_skills(tx, learner)),
        answered=progress.answered_drills(tx, learner),
        passed=frozenset(ref for ref, verdict in progress.latest_checks(tx, learner).items() if verdict == "passed"),
    )


def items_for(
    learner: Learner, curriculum: Curriculum, outlines: Outlines, facts: Facts, done: Done, *, road: Road | None = None
) -> tuple[Item, ...]:
    chosen = road or curriculum.road(learner.road)
    return items_of(chosen, curriculum, outlines, facts.drills, track=learner.language, done=done)


def plan_for(
    tx: Connection, learner: Learner, curriculum: Curriculum, outlines: Outlines, facts: Facts, *, today: date
) -> Plan:
    """The plan as of today. What was done stays on the day on which it was done."""
    done = done_so_far(tx, learner.id)
    pace, spread = progress.pace(tx, learner.id, _estimates(curriculum, outlines))
    return make_plan(
        Request(
            items=items_for(learner, curriculum, outlines, facts, done),
            availability=Availability(learner.minutes, frozenset(learner.days_off)),
            start=learner.start,
            today=today,
            reviews_due=progress.forecast(tx, learner.id, today, FORECAST_DAYS),
            deadline=learner.deadline,
            drop_optional=learner.drop_optional,
            pace=pace,
            spread=spread,
            history=_history(tx, learner, curriculum, outlines, today),
        )
    )


def _estimates(curriculum: Curriculum, outlines: Outlines) -> dict[str, int]:
    """Minutes estimated for each skill and lab."""
    skills = {skill.id: skill.minutes for skill in curriculum.skills.values()}
    return {**skills, **{lab.slug: lab.minutes for lab in outlines.values()}}


def _history(
    tx: Connection, learner: Learner, curriculum: Curriculum, outlines: Outlines, today: date
) -> tuple[Day, ...]:
    """What was done on each day; the reviews of a day count as one."""

    def session(kind: ActivityKind, ref: str, seconds: float) -> Session:
        title = "Reviews" if kind == "review" else title_of(curriculum, outlines, ref)
        return Session(kind, ref, title, max(1, round(seconds / 60)), done=True)

    def day_done(day: date, spent: Mapping[tuple[ActivityKind, str], float]) -> Day:
        reviewing = sum(seconds for (kind, _), seconds in spent.items() if kind == "review")
        rest = {key: seconds for key, seconds in sorted(spent.items()) if key[0] != "review"}
        if reviewing:
            rest["review", day.isoformat()] = reviewing
        return Day(day, learner.available(day), tuple(session(*key, seconds) for key, seconds in rest.items()))

    by_day = progress.spent_by_day(tx, learner.id)
    return tuple(day_done(day, spent) for day, spent in sorted(by_day.items()) if day <= today)


def title_of(curriculum: Curriculum, outlines: Outlines, ref: str) -> str:
    """The id itself, for what the content no longer holds."""
    if ref in outlines:
        return outlines[ref].title
    return curriculum.skills[ref].title if ref in curriculum.skills else ref


def day_of(plan: Plan, day: date) -> Day:
    """That day of the plan; an empty one if the plan does not reach it."""
    return next((found for found in plan.days if found.date == day), Day(day, 0))


def today_for(
    tx: Connection, learner: Learner, curriculum: Curriculum, outlines: Outlines, facts: Facts, *, today: date
) -> tuple[Plan, Changes | None]:
    """Today's plan and what moved since the plan of the last day on which one was looked at."""
    plan = plan_for(tx, learner, curriculum, outlines, facts, today=today)
    if not store.has(tx, learner.id, today):
        store.keep(tx, learner.id, today, _ahead(plan, today), clock.now())
    earlier = store.before(tx, learner.id, today)
    changes = what_moved(earlier, plan, today) if earlier else None
    return plan, changes if changes and changes.missed_days else None


def _ahead(plan: Plan, today: date) -> Plan:
    """A plan to compare with later needs no past."""
    return msgspec.structs.replace(plan, days=tuple(day for day in plan.days if day.date >= today))


def next_working_day(plan: Plan, after: date) -> Day | None:
    return next((day for day in plan.days if day.date > after and day.sessions), None)


def weeks(plan: Plan, learner: Learner, first: date, count: int) -> list[list[Day]]:
    """Whole weeks, Monday to Sunday, from the one that holds `first`; days that the plan does not hold are empty."""
    monday = first - timedelta(days=first.weekday())
    known = {day.date: day for day in plan.days}
    days = [monday + timedelta(days=offset) for offset in range(7 * count)]
    filled = [known.get(day, Day(day, learner.available(day))) for day in days]
    return [filled[start : start + 7] for start in range(0, 7 * count, 7)]

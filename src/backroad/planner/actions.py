"""The learner's plan: built from the road, from what is done and from the week they have."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

import msgspec
from sqlalchemy import Connection

from backroad.accounts import actions as accounts
from backroad.accounts.model import Learner
from backroad.cohorts import actions as cohorts
from backroad.cohorts.model import Assigned
from backroad.curriculum import Curriculum, Road
from backroad.curriculum.model import Step
from backroad.kit import clock
from backroad.kit.errors import Problem
from backroad.kit.say import plural, say_day
from backroad.planner import moving, store
from backroad.planner.changes import Changes, what_moved
from backroad.planner.model import Availability, Day, Due, Item, OfferKind, Plan, Request, Session, Wish
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
        placed=progress.placed_skills(tx, learner),
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
    return make_plan(request_for(tx, learner, curriculum, outlines, facts, today=today))


def request_for(
    tx: Connection, learner: Learner, curriculum: Curriculum, outlines: Outlines, facts: Facts, *, today: date
) -> Request:
    done = done_so_far(tx, learner.id)
    assigned = cohorts.assigned_to(tx, learner.id)
    road = _with_assigned(curriculum.road(learner.road), assigned, curriculum)
    pace, spread = progress.pace(tx, learner.id, _estimates(curriculum, outlines))
    return Request(
        items=items_for(learner, curriculum, outlines, facts, done, road=road),
        availability=Availability(learner.minutes, frozenset(learner.days_off)),
        start=learner.start,
        today=today,
        reviews_due=progress.forecast(tx, learner.id, today, FORECAST_DAYS, as_they_fall_due=True),
        review_gaps=progress.memory_of(tx, learner.id).gaps,
        reviews_a_day=learner.reviews_a_day,
        reviewed=progress.reviewed_on(tx, learner.id, today),
        deadline=learner.deadline,
        drop_optional=learner.drop_optional,
        pace=pace,
        spread=spread,
        history=_history(tx, learner, curriculum, outlines, today),
        wishes=store.wishes(tx, learner.id),
        dues=tuple(due for one in assigned for due in _dues(one)),
    )


def _with_assigned(road: Road, assigned: Sequence[Assigned], curriculum: Curriculum) -> Road:
    """The road with what is assigned and does not stand on it."""
    skills = [skill for one in assigned for skill in one.assignment.skills if skill in curriculum.skills]
    labs = [one.assignment.lab for one in assigned if one.assignment.lab]
    if not (skills or labs):
        return road
    more = Step("Assigned", skills=tuple(dict.fromkeys(skills)), labs=tuple(dict.fromkeys(labs)))
    return msgspec.structs.replace(road, steps=(*road.steps, more))


def _dues(assigned: Assigned) -> Iterator[Due]:
    one = assigned.assignment
    for ref in one.skills or (one.lab,):
        yield Due(one.id, ref, one.deadline, one.title, assigned.cohort_name, one.stage)


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
    _begin_day(tx, learner, plan, today)
    earlier = store.before(tx, learner.id, today)
    changes = what_moved(earlier, plan, today) if earlier else None
    return plan, changes if changes and changes.missed_days else None


def moved_of(tx: Connection, learner: Learner, plan: Plan, *, today: date) -> Changes | None:
    """What this plan moves, compared with the one that today began with; None when it moves nothing."""
    earlier = store.on(tx, learner.id, today) or store.before(tx, learner.id, today)
    changes = what_moved(earlier, plan, today) if earlier else None
    return changes if changes and (changes.moves or changes.end_before != changes.end_after) else None


def take_offer(
    tx: Connection,
    learner: Learner,
    curriculum: Curriculum,
    outlines: Outlines,
    facts: Facts,
    kind: OfferKind,
    *,
    today: date,
) -> Plan:
    """Change the settings as the plan offers it, and make the plan that follows."""
    plan = plan_for(tx, learner, curriculum, outlines, facts, today=today)
    offers = {offer.kind: offer for warning in plan.warnings for offer in warning.offers if offer.possible}
    if kind not in offers:
        raise Problem("The plan no longer offers that.", "Look at the plan again: it was made anew.", status=409)
    offer = offers[kind]
    answers: dict[OfferKind, dict[str, object]] = {
        "later-end": {"deadline": offer.end},
        "more-minutes": {"minutes": offer.weekdays},
        "drop-optional": {"drop_optional": True},
    }
    changed = accounts.change(tx, learner, curriculum.roads.keys(), clock.now(), **answers[kind])
    return plan_for(tx, changed, curriculum, outlines, facts, today=today)


def move(
    tx: Connection,
    learner: Learner,
    curriculum: Curriculum,
    outlines: Outlines,
    facts: Facts,
    name: str,
    day: date,
    *,
    today: date,
) -> Plan:
    """Keep the wish to have a session on that day, if it can stand there, and make the plan that follows."""
    request = request_for(tx, learner, curriculum, outlines, facts, today=today)
    plan = make_plan(request)
    gone, wish = moving.moved(request, plan, name, day)
    _begin_day(tx, learner, plan, today)
    for old in gone:
        store.remove_wish(tx, learner.id, old)
    store.put_wish(tx, learner.id, wish)
    kept = tuple(other for other in request.wishes if other not in gone)
    return make_plan(msgspec.structs.replace(request, wishes=(*kept, wish)))


def wishes_of(tx: Connection, learner: Learner) -> tuple[Wish, ...]:
    return store.wishes(tx, learner.id)


def unmove(
    tx: Connection,
    learner: Learner,
    curriculum: Curriculum,
    outlines: Outlines,
    facts: Facts,
    name: str,
    *,
    today: date,
) -> Plan:
    """Let the plan decide about a session again."""
    request = request_for(tx, learner, curriculum, outlines, facts, today=today)
    plan = make_plan(request)
    gone = moving.own_wishes(request, plan, *moving.found(plan, name))
    if not gone:
        raise Problem("You have not moved that session: the plan decides about it already.", status=409)
    _begin_day(tx, learner, plan, today)
    for old in gone:
        store.remove_wish(tx, learner.id, old)
    return make_plan(
        msgspec.structs.replace(request, wishes=tuple(other for other in request.wishes if other not in gone))
    )


def _begin_day(tx: Connection, learner: Learner, plan: Plan, today: date) -> None:
    """Keep the plan with which the day began, so that what is moved on it can be told."""
    if not store.has(tx, learner.id, today):
        store.keep(tx, learner.id, today, _ahead(plan, today), clock.now())


def _ahead(plan: Plan, today: date) -> Plan:
    """A plan to compare with later needs no past."""
    return msgspec.structs.replace(plan, days=tuple(day for day in plan.days if day.date >= today))


def reviews_of(day: Day) -> tuple[int, int]:
    """How many reviews a day still has, and their minutes."""
    asked = [session for session in day.sessions if session.kind == "review" and not session.done]
    return sum(session.count for session in asked), sum(session.minutes for session in asked)


def say_put_off(plan: Plan, today: date) -> str:
    """What is due today and is put off by the plan, with the days on which it comes; empty when there is nothing.

    Longest due comes first, so the first reviews of the days to come are these.
    """
    planned = reviews_of(day_of(plan, today))[0]
    waiting = plan.due - planned
    if waiting <= 0:
        return ""
    first, last, asked = None, None, 0
    for day in plan.days:
        count = reviews_of(day)[0] if day.date > today else 0
        if count and asked < waiting:
            first, last, asked = first or day.date, day.date, asked + count
    if first is None or last is None or asked < waiting:
        come = "they wait until your days have more room"
    elif first == last:
        come = f"{'it comes' if waiting == 1 else 'they come'} on {say_day(last)}"
    else:
        come = f"they come from {say_day(first)} to {say_day(last)}"
    drills = plural(waiting, "more drill" if planned else "drill")
    return (
        f"{drills} {'is' if waiting == 1 else 'are'} due; {come}, since reviews take at most a third of a day and no "
        "more than your settings say."
    )


def next_working_day(plan: Plan, after: date) -> Day | None:
    return next((day for day in plan.days if day.date > after and day.sessions), None)


def weeks(plan: Plan, learner: Learner, first: date, count: int) -> list[list[Day]]:
    """Whole weeks, Monday to Sunday, from the one that holds `first`; days that the plan does not hold are empty."""
    monday = first - timedelta(days=first.weekday())
    known = {day.date: day for day in plan.days}
    days = [monday + timedelta(days=offset) for offset in range(7 * count)]
    filled = [known.get(day, Day(day, learner.available(day))) for day in days]
    return [filled[start : start + 7] for start in range(0, 7 * count, 7)]

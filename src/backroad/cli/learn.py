"""`today`, `road` and `plan` in the terminal."""

import shlex
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from backroad.accounts.model import Learner
from backroad.cli.output import columns, print_json
from backroad.cli.product import learner_of, opened
from backroad.kit import clock
from backroad.kit.errors import Problem
from backroad.kit.forms import day_of, number_of
from backroad.kit.say import plural, say_day, say_minutes
from backroad.labs.store import starts
from backroad.planner import actions as planner
from backroad.planner.model import Availability, Day, Plan, Request, Session
from backroad.planner.offers import fits
from backroad.planner.outline import next_skill
from backroad.planner.schedule import plan as make_plan
from backroad.product import Product
from backroad.progress import actions as progress

AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
MARKS = {"new": "○", "learning": "◔", "practised": "◑", "proven": "●"}
WEEKS_SHOWN = 2
Week = tuple[int, int, int, int, int, int, int]


def today(*, as_json: AsJson = False) -> None:
    """What to review, learn, drill and build today."""
    with opened() as product:
        learner, day = learner_of(product), clock.today()
        plan, moved = product.db.run_now(
            lambda tx: planner.today_for(tx, learner, product.curriculum, product.outlines, product.facts, today=day)
        )
        begun = product.db.run_now(lambda tx: starts(tx, learner.id))
        address = f"http://127.0.0.1:{product.settings.port}"
    found = planner.day_of(plan, day)
    folders = {slug: start.folder for slug, start in begun.items()}
    where = {s.key: _where(s, address, folders) for s in found.sessions if not s.done}
    if as_json:
        said = moved.summary if moved else ""
        warnings = [warning.text for warning in plan.warnings]
        told = {"moved": said, "put_off": planner.say_put_off(plan, day), "warnings": warnings}
        print_json({"day": found, **told, "end_range": plan.end_range, "where": where})
        return
    if moved:
        print(f"{moved.summary}\n")
    print(f"{say_day(day, 'long')}: {say_minutes(found.planned)} to do of {say_minutes(found.available)}")
    print(_sessions(found, where) or "Nothing is planned today.")
    following = planner.next_working_day(plan, day)
    if not found.planned and following:
        print(f"The road goes on {say_day(following.date)}.")
    put_off = planner.say_put_off(plan, day)
    if put_off:
        print(put_off)
    for warning in plan.warnings:
        print(f"! {warning.text} See backroad plan.")
    if plan.end_range:
        early, late = plan.end_range
        print(f"The road ends between {say_day(early, 'year')} and {say_day(late, 'year')}.")


def _where(session: Session, address: str, folders: Mapping[str, str]) -> str:
    """What to type, or the page to open; `folders` are those of the labs that were begun."""
    if session.kind == "review":
        return "backroad review"
    if session.kind == "drill":
        return f"backroad drill {session.ref}"
    if session.kind == "learn":
        return f"{address}/skills/{session.ref}"
    folder = folders.get(session.ref)
    return f"backroad prove {shlex.quote(folder)}" if folder else f"backroad lab start {session.ref}"


def _sessions(day: Day, where: Mapping[str, str] = {}) -> str:
    """`where` gives what to print beside a session, by its key."""
    rows = [
        (
            "  " + ("✓" if session.done else "▸"),
            session.kind,
            say_minutes(session.minutes),
            session.title + _marks(session),
            "" if session.done else where.get(session.key, ""),
        )
        for session in day.sessions
    ]
    return columns(rows)


def _marks(session: Session) -> str:
    part = f" (part {session.part_of})" if session.part_of else ""
    return f"{part} (you moved it)" if session.wished else part


def road(
    name: Annotated[str | None, Parameter(help="Id of a road; yours if left out.")] = None, *, as_json: AsJson = False
) -> None:
    """The road with your standing on every skill."""
    with opened() as product:
        learner = learner_of(product)
        curriculum = product.curriculum
        chosen = curriculum.road(name or learner.road)
        standings, done = product.db.run_now(
            lambda tx: (progress.standings(tx, learner.id, clock.now()), planner.done_so_far(tx, learner.id))
        )
        items = planner.items_for(learner, curriculum, product.outlines, product.facts, done, road=chosen)
    next_up = next_skill(items)
    levels = {skill: standings[skill].level if skill in standings else "new" for skill in chosen.skills}
    if as_json:
        steps = [{"title": s.title, "kind": s.kind, "skills": {k: levels[k] for k in s.skills}} for s in chosen.steps]
        print_json({"road": chosen.id, "title": chosen.title, "next": next_up, "steps": steps})
        return
    print(chosen.title)
    for number, step in enumerate(chosen.steps, 1):
        print(f"\n{number:>3}  {step.title}{' (optional)' if step.optional else ''}")
        for skill_id in step.skills:
            skill = curriculum.skill(skill_id)
            if skill.suits(learner.language):
                mark = "▸" if skill_id == next_up else " "
                print(f"   {mark} {MARKS[levels[skill_id]]} {skill.title}  {skill_id}")
        for slug in (slug for slug in step.labs if slug in product.outlines):
            print(f"     ⚗ Lab: {product.outlines[slug].title}  {slug}")
    print("\n○ new  ◔ learning  ◑ practised  ● proven  ▸ next")


def plan(
    *,
    minutes: Annotated[str | None, Parameter(help="Minutes of Monday … Sunday, as 60,60,60,60,60,120,0.")] = None,
    start: Annotated[str | None, Parameter(help="First day, as 2027-01-04.")] = None,
    road: Annotated[str, Parameter(help="Id of a road (with --minutes).")] = "canonical",
    days_off: Annotated[str, Parameter(help="Days or ranges, as 2027-07-01..2027-07-14 (with --minutes).")] = "",
    deadline: Annotated[str | None, Parameter(help="Last day (with --minutes).")] = None,
    drop_optional: Annotated[bool, Parameter(negative="", help="Leave out optional steps (with --minutes).")] = False,
    ics: Annotated[Path | None, Parameter(help="Write the coming 90 days into this calendar file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Your plan; or, with --minutes and --start, the plan that somebody with such a week would get."""
    with opened() as product:
        if minutes is None and start is None:
            learner = learner_of(product)
            found = product.db.run_now(
                lambda tx: planner.plan_for(
                    tx, learner, product.curriculum, product.outlines, product.facts, today=clock.today()
                )
            )
            first, until = clock.today(), learner.deadline
            if ics is not None:
                _write_calendar(product, learner, found, ics, as_json)
                return
        elif ics is not None:
            raise Problem("--ics writes your own plan.", "Leave --minutes and --start out.")
        else:
            first = day_of(start, "--start") if start else clock.today()
            until = day_of(deadline, "--deadline") if deadline else None
            request = _what_if(product, _week(minutes), first, road, days_off, until, drop_optional)
            found = make_plan(request)
    if as_json:
        print_json(found)
        return
    _print_plan(found, first, fits(found, until))


def _write_calendar(product: Product, learner: Learner, plan: Plan, file: Path, as_json: bool) -> None:
    from backroad.calendar.feed import feed

    address = f"http://127.0.0.1:{product.settings.port}"
    private = product.curriculum.private_skills
    content, count = feed(plan, learner, address=address, now=clock.now(), today=clock.today(), private=private)
    try:
        file.write_bytes(content)
    except OSError as error:
        raise Problem(f"{file} cannot be written: {error.strerror}.", "Choose another place.") from None
    if as_json:
        print_json({"file": str(file), "events": count})
    else:
        print(f"Wrote {plural(count, 'session')} to {file}.")


def _what_if(
    product: Product, week: Week, first: date, road: str, days_off: str, deadline: date | None, drop_optional: bool
) -> Request:
    from backroad.accounts.actions import parse_days
    from backroad.planner.outline import items_of

    return Request(
        items=items_of(product.curriculum.road(road), product.curriculum, product.outlines, product.facts.drills),
        availability=Availability(week, frozenset(parse_days(days_off))),
        start=first,
        today=first,
        deadline=deadline,
        drop_optional=drop_optional,
    )


def _week(text: str | None) -> Week:
    parts = [number_of(part, "--minutes") for part in (text or "60,60,60,60,60,120,0").split(",")]
    if len(parts) != 7:
        raise Problem(
            f"--minutes holds {plural(len(parts), 'number')}.", "Give seven, Monday to Sunday: 60,60,60,60,60,120,0."
        )
    a, b, c, d, e, f, g = parts
    return (a, b, c, d, e, f, g)


def _print_plan(plan: Plan, first: date, fitting: str) -> None:
    for warning in plan.warnings:
        print(f"! {warning.text}")
        for offer in warning.offers:
            print(f"    {offer.text}")
    if fitting:
        print(fitting)
    if plan.end and plan.end_range:
        early, late = plan.end_range
        left = say_minutes(plan.minutes_left)
        print(f"{left} of work are left. The road ends between {say_day(early, 'year')} and {say_day(late, 'year')}.")
    for day in plan.days:
        if first <= day.date < first + timedelta(weeks=WEEKS_SHOWN) and day.sessions:
            print(f"\n{say_day(day.date, 'long')}: {say_minutes(day.planned)}")
            print(_sessions(day, {session.key: session.key for session in day.sessions if session.kind != "review"}))

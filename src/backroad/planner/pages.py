"""Today and the plan."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect
from sqlalchemy import Connection

from backroad.accounts.model import Learner
from backroad.cohorts.comments import unread
from backroad.curriculum import Curriculum
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.forms import day_of
from backroad.kit.kept import KEPT
from backroad.kit.pages import page
from backroad.kit.say import say_day
from backroad.planner import actions, moving, moving_pages
from backroad.planner.changes import Changes
from backroad.planner.model import Day, Offer, OfferKind, Plan, Session
from backroad.planner.offers import fits
from backroad.planner.outline import LabOutline
from backroad.progress import Facts
from backroad.progress import actions as progress
from backroad.progress.streak import streak

FormData = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
OFFER_LABELS: dict[OfferKind, str] = {
    "later-end": "Move the deadline",
    "more-minutes": "Study more",
    "drop-optional": "Leave optional steps out",
}
WEEKS_SHOWN = 4
MOVES_SHOWN = 6
DROPS_SHOWN = 7
SOON_SHOWN = 3
DROPS_SOUGHT = 60


def session_view(session: Session) -> dict[str, Any]:
    return {
        "key": session.key,
        "kind": session.kind,
        "title": session.title,
        "minutes": session.minutes,
        "part_of": session.part_of,
        "path": session.path,
        "optional": session.optional,
        "done": session.done,
        "wished": session.wished,
        "due": session.due,
        "movable": not session.done and session.kind != "review",
    }


def day_view(day: Day, learner: Learner) -> dict[str, Any]:
    return {
        "date": day.date,
        "available": day.available,
        "planned": day.planned,
        "off": day.date in learner.days_off,
        "sessions": [session_view(session) for session in day.sessions],
        "due": due_view(day),
    }


def due_view(day: Day) -> list[dict[str, Any]]:
    """What is due on the day, and whether the plan has it done by then."""
    return [
        {
            "name": due.name,
            "by": due.by,
            "state": "done" if due.done else "in time" if due.ends and due.ends <= day.date else "late",
        }
        for due in day.due
    ]


def moved_view(changes: Changes | None) -> dict[str, Any] | None:
    if changes is None:
        return None
    lines = [
        f"{move.title}, {move.kind}: {say_day(move.before) if move.before else 'not planned'} → "
        f"{say_day(move.after) if move.after else 'no longer planned'}"
        for move in changes.moves
    ]
    return {
        "summary": changes.summary,
        "missed_days": len(changes.missed_days),
        "lines": lines[:MOVES_SHOWN],
        "more": max(0, len(lines) - MOVES_SHOWN),
    }


def _frame(plan: Plan, learner: Learner) -> dict[str, Any]:
    early, late = plan.end_range or (None, None)
    warnings = [{"text": w.text, "offers": [offer_view(offer) for offer in w.offers]} for w in plan.warnings]
    fitting = fits(plan, learner.deadline)
    return {"end": plan.end, "end_early": early, "end_late": late, "warnings": warnings, "fits": fitting}


def offer_view(offer: Offer) -> dict[str, Any]:
    return {"kind": offer.kind, "text": offer.text, "label": OFFER_LABELS[offer.kind] if offer.possible else ""}


def _drops(learner: Learner, today: date) -> list[date]:
    """Today and the days with minutes that follow: where a session can be dropped."""
    days = (today + timedelta(days=number) for number in range(DROPS_SOUGHT))
    return [day for day in days if learner.available(day)][:DROPS_SHOWN]


def _done_minutes(sessions: Sequence[Session]) -> int:
    return sum(session.minutes for session in sessions if session.done)


def _soon(plan: Plan, today: date) -> list[dict[str, Any]]:
    """What is due from today on and not done, the soonest first."""
    coming = [(day, due) for day in plan.days if day.date >= today for due in due_view(day) if due["state"] != "done"]
    return [{"date": day.date, **due} for day, due in coming[:SOON_SHOWN]]


def _first_link(day: Day) -> dict[str, str] | None:
    """Where to begin: the first session that is not done."""
    for session in day.sessions:
        if not session.done and session.kind != "review":
            return {"href": session.path, "label": f"{session.kind.capitalize()}: {session.title}"}
    return None


@get("/", include_in_schema=False, opt=KEPT)
async def today_page(
    request: Request[Any, Any, Any],
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Response[str]:
    today = clock.today()
    (plan, moved), active, evidence, comments = await db.run(
        lambda tx: (
            actions.today_for(tx, learner, curriculum, outlines, facts, today=today),
            progress.days_active(tx, learner.id),
            progress.newest_evidence(tx, learner.id, 1),
            unread(tx, learner.id),
        )
    )
    day = actions.day_of(plan, today)
    following = actions.next_working_day(plan, today)
    reviews, review_minutes = actions.reviews_of(day)
    return page(
        "planner/today.html",
        nav="today",
        day=day_view(day, learner),
        left_minutes=day.planned,
        done_minutes=_done_minutes(day.sessions),
        reviews=reviews,
        review_minutes=review_minutes,
        put_off=actions.say_put_off(plan, today),
        next_day=following.date if following else None,
        ahead=day_view(following, learner) if following else None,
        first=_first_link(day),
        moved=moved_view(moved),
        stands=moving.now_stands(plan, request.query_params.get("moved")),
        drops=_drops(learner, today),
        comments=comments,
        soon=_soon(plan, today),
        streak=streak(active, today, learner.is_off),
        begun=bool(active or evidence),
        **_frame(plan, learner),
    )


@get("/plan", include_in_schema=False, opt=KEPT)
async def plan_page(
    request: Request[Any, Any, Any],
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Response[str]:
    today = clock.today()
    asked = request.query_params.get("week")
    wanted = day_of(asked, "week") if asked else today

    def made(tx: Connection) -> tuple[Plan, Changes | None]:
        plan = actions.plan_for(tx, learner, curriculum, outlines, facts, today=today)
        return plan, actions.moved_of(tx, learner, plan, today=today)

    plan, moved = await db.run(made)
    begin, end = plan.days[0].date if plan.days else today, plan.days[-1].date if plan.days else today
    weeks = actions.weeks(plan, learner, min(max(wanted, min(begin, today)), max(end, today)), WEEKS_SHOWN)
    start = weeks[0][0].date
    return page(
        "planner/plan.html",
        nav="plan",
        weeks=[
            {"start": week[0].date, "end": week[-1].date, "days": [day_view(day, learner) for day in week]}
            for week in weeks
        ],
        earlier=_week_link(start - timedelta(weeks=WEEKS_SHOWN), start > begin),
        later=_week_link(start + timedelta(weeks=WEEKS_SHOWN), weeks[-1][-1].date < end),
        minutes_left=plan.minutes_left,
        dropped=[actions.title_of(curriculum, outlines, ref) for ref in plan.dropped],
        taken="taken" in request.query_params,
        stands=moving.now_stands(plan, request.query_params.get("moved")),
        moved=moved_view(moved),
        **_frame(plan, learner),
    )


@post("/plan/offers", include_in_schema=False)
async def take_offer(
    data: FormData,
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Redirect:
    try:
        kind: OfferKind = msgspec.convert(data.get("kind"), OfferKind)
    except msgspec.ValidationError:
        raise Problem("The plan has no such offer.", "Press one of its buttons.") from None
    today = clock.today()
    await db.run(lambda tx: actions.take_offer(tx, learner, curriculum, outlines, facts, kind, today=today))
    return Redirect("/plan?taken", status_code=303)


def _week_link(day: date, there: bool) -> str | None:
    return day.isoformat() if there else None


ROUTES = (today_page, plan_page, take_offer, *moving_pages.ROUTES)

"""Today and the plan."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.forms import day_of
from backroad.kit.pages import page
from backroad.kit.say import say_day
from backroad.planner import actions
from backroad.planner.changes import Changes
from backroad.planner.model import REVIEW_MINUTES, Day, Plan, Session
from backroad.planner.outline import LabOutline
from backroad.progress import Facts
from backroad.progress import actions as progress
from backroad.progress.streak import streak

WEEKS_SHOWN = 4
MOVES_SHOWN = 6


def session_view(session: Session) -> dict[str, Any]:
    return {
        "kind": session.kind,
        "ref": session.ref,
        "title": session.title,
        "minutes": session.minutes,
        "part_of": session.part_of,
        "optional": session.optional,
        "done": session.done,
    }


def day_view(day: Day, learner: Learner) -> dict[str, Any]:
    return {
        "date": day.date,
        "available": day.available,
        "planned": day.planned,
        "off": day.date in learner.days_off,
        "sessions": [session_view(session) for session in day.sessions],
    }


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


def _frame(plan: Plan) -> dict[str, Any]:
    early, late = plan.end_range or (None, None)
    warnings = [{"text": w.text, "offers": [{"text": offer.text} for offer in w.offers]} for w in plan.warnings]
    return {"end": plan.end, "end_early": early, "end_late": late, "warnings": warnings}


def _done_minutes(sessions: Sequence[Session]) -> int:
    return sum(session.minutes for session in sessions if session.done)


def _first_link(day: Day) -> dict[str, str] | None:
    """Where to begin: the first session that is not done."""
    for session in day.sessions:
        if not session.done and session.kind != "review":
            href = f"/labs/{session.ref}" if session.kind == "build" else f"/skills/{session.ref}"
            return {"href": href, "label": f"{session.kind.capitalize()}: {session.title}"}
    return None


@get("/", include_in_schema=False)
async def today_page(
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Response[str]:
    today = clock.today()
    (plan, moved), due, active = await db.run(
        lambda tx: (
            actions.today_for(tx, learner, curriculum, outlines, facts, today=today),
            progress.due_reviews(tx, learner.id, today),
            progress.days_active(tx, learner.id),
        )
    )
    day = actions.day_of(plan, today)
    following = actions.next_working_day(plan, today)
    return page(
        "planner/today.html",
        nav="today",
        day=day_view(day, learner),
        left_minutes=day.planned,
        done_minutes=_done_minutes(day.sessions),
        reviews=len(due),
        review_minutes=max(1, round(len(due) * REVIEW_MINUTES)),
        next_day=following.date if following else None,
        ahead=day_view(following, learner) if following else None,
        first=_first_link(day),
        moved=moved_view(moved),
        streak=streak(active, today, learner.is_off),
        **_frame(plan),
    )


@get("/plan", include_in_schema=False)
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
    plan = await db.run(lambda tx: actions.plan_for(tx, learner, curriculum, outlines, facts, today=today))
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
        **_frame(plan),
    )


def _week_link(day: date, there: bool) -> str | None:
    return day.isoformat() if there else None


ROUTES = (today_page, plan_page)

"""Progress: standing by area, the streak, the year at a glance, and time against the estimates."""

from collections import Counter
from datetime import date
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.kept import KEPT
from backroad.kit.pages import page
from backroad.progress import actions
from backroad.progress.fit import FIRST_FIT, fit_at
from backroad.progress.streak import against_estimates, heatmap, streak
from backroad.progress.view import leeches_view

LEVELS = ("proven", "practised", "learning", "new")
EVIDENCE_SHOWN = 15
EndRange = tuple[date, date] | None
"""Between which days the road ends, as the plan says; None when nothing is left."""


@get("/progress", include_in_schema=False, opt=KEPT)
async def progress_page(
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    road_end: NamedDependency[EndRange],
    db: NamedDependency[Database],
) -> Response[str]:
    today = clock.today()
    estimates = {skill.id: skill.minutes for skill in curriculum.skills.values()}
    standings, active, spent, evidence, pace, memory, leeches = await db.run(
        lambda tx: (
            actions.standings(tx, learner.id, clock.now()),
            actions.days_active(tx, learner.id),
            actions.time_spent(tx, learner.id),
            actions.newest_evidence(tx, learner.id, EVIDENCE_SHOWN),
            actions.pace(tx, learner.id, estimates),
            actions.memory_of(tx, learner.id),
            actions.leeches(tx, learner.id),
        )
    )
    times = against_estimates({ref: seconds for ref, seconds in spent.items() if ref in estimates}, estimates)
    levels: Counter[str] = Counter(
        standing.level for standing in standings.values() if standing.skill in curriculum.skills
    )
    return page(
        "progress/progress.html",
        nav="progress",
        levels={level: levels[level] for level in LEVELS},
        fading=[
            {"id": standing.skill, "title": curriculum.skills[standing.skill].title}
            for standing in standings.values()
            if standing.fading and standing.skill in curriculum.skills
        ],
        areas=_areas(curriculum, {skill: standing.level for skill, standing in standings.items()}),
        streak=streak(active, today, learner.is_off),
        weeks=heatmap(active, today),
        active_days=sum(seconds > 0 for seconds in active.values()),
        total_minutes=round(sum(active.values()) / 60),
        pace=_pace(*pace),
        end_range=road_end,
        memory={"scale": f"{memory.scale:.2g}", "reviews": memory.reviews, "fitted": fit_at(memory.reviews)},
        first_fit=FIRST_FIT,
        retention=memory.retention,
        leeches=leeches_view(leeches, curriculum),
        times=[
            {
                "id": time.ref,
                "title": curriculum.skills[time.ref].title,
                "minutes": time.minutes,
                "estimate": time.estimate,
                "share": round(time.share * 100),
            }
            for time in times
        ],
        evidence=[
            {
                "skill": item.skill,
                "title": curriculum.skills[item.skill].title if item.skill in curriculum.skills else item.skill,
                "source": item.source,
                "ref": item.ref,
                "outcome": item.outcome,
                "day": clock.local_day(item.at),
            }
            for item in evidence
        ],
    )


def _pace(pace: float, spread: float) -> dict[str, str]:
    """As per cent of the estimates, from and to."""
    low, high = (max(1, round(100 * pace * (1 + sign * spread))) for sign in (-1, 1))
    return {"share": f"{round(100 * pace)} %", "low": f"{low} %", "high": f"{high} %"}


def _areas(curriculum: Curriculum, levels: dict[str, str]) -> list[dict[str, Any]]:
    rows = []
    for area in curriculum.areas.values():
        skills = curriculum.in_area(area.id)
        counts = Counter(levels.get(skill.id, "new") for skill in skills)
        if skills:
            rows.append(
                {
                    "title": area.title,
                    "skills": len(skills),
                    "counts": {level: counts[level] for level in LEVELS},
                    "shares": {level: 100 * counts[level] / len(skills) for level in LEVELS},
                }
            )
    return rows


ROUTES = (progress_page,)

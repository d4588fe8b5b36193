"""Progress: standing by area, the streak, the year at a glance, and time against the estimates."""

from collections import Counter
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.pages import page
from backroad.progress import actions
from backroad.progress.streak import against_estimates, heatmap, streak

LEVELS = ("proven", "practised", "learning", "new")
EVIDENCE_SHOWN = 15


@get("/progress", include_in_schema=False)
async def progress_page(
    learner: NamedDependency[Learner], curriculum: NamedDependency[Curriculum], db: NamedDependency[Database]
) -> Response[str]:
    today = clock.today()
    standings, active, spent, evidence = await db.run(
        lambda tx: (
            actions.standings(tx, learner.id, clock.now()),
            actions.days_active(tx, learner.id),
            actions.time_spent(tx, learner.id),
            actions.newest_evidence(tx, learner.id, EVIDENCE_SHOWN),
        )
    )
    estimates = {skill.id: skill.minutes for skill in curriculum.skills.values()}
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

"""The road, a skill and the map as plain dicts for the templates."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backroad.curriculum import Curriculum, Road, Skill
from backroad.kit import clock
from backroad.planner.outline import LabOutline, stages_done
from backroad.progress import Evidence, Standing


def level_of(standings: Mapping[str, Standing], skill_id: str) -> dict[str, Any]:
    standing = standings.get(skill_id)
    return {"level": standing.level, "fading": standing.fading} if standing else {"level": "new", "fading": False}


def skill_row(skill: Skill, standings: Mapping[str, Standing], *, lesson: bool, next_up: str | None) -> dict[str, Any]:
    return {
        "id": skill.id,
        "title": skill.title,
        "claim": skill.claim,
        "minutes": skill.minutes,
        "lesson": lesson,
        "next": skill.id == next_up,
        **level_of(standings, skill.id),
    }


def road_steps(
    road: Road,
    curriculum: Curriculum,
    standings: Mapping[str, Standing],
    outlines: Mapping[str, LabOutline],
    passed: frozenset[str],
    *,
    track: str,
    next_up: str | None,
) -> list[dict[str, Any]]:
    """The steps with their skills; on a published road, what a skill needs and the road leaves out is named."""
    named = set(road.skills)
    steps = []
    for step in road.steps:
        skills = [curriculum.skill(name) for name in step.skills if curriculum.skill(name).suits(track)]
        rows = [
            skill_row(skill, standings, lesson=curriculum.has_lesson(skill.id), next_up=next_up) for skill in skills
        ]
        missing = [
            curriculum.skill(name).title
            for name in curriculum.with_requirements(step.skills)
            if name not in named and curriculum.skill(name).suits(track)
        ]
        named.update(curriculum.with_requirements(step.skills))
        steps.append(
            {
                "title": step.title,
                "kind": step.kind,
                "optional": step.optional,
                "note": _note(step.weeks, missing),
                "skills": rows,
                "labs": [_lab_row(outlines[slug], passed) for slug in step.labs if slug in outlines],
            }
        )
    return steps


def _note(weeks: tuple[int, int] | None, missing: Sequence[str]) -> str:
    parts = []
    if weeks:
        low, high = weeks
        parts.append(f"Published for {low} weeks." if low == high else f"Published for {low} to {high} weeks.")
    if missing:
        parts.append(f"Your plan also brings what this step builds on: {', '.join(missing)}.")
    return " ".join(parts)


def _lab_row(lab: LabOutline, passed: frozenset[str]) -> dict[str, Any]:
    return {
        "slug": lab.slug,
        "title": lab.title,
        "summary": lab.summary,
        "minutes": lab.minutes,
        "stages": len(lab.stages),
        "done": stages_done(lab, passed),
    }


def neighbours(curriculum: Curriculum, ids: Sequence[str], standings: Mapping[str, Standing]) -> list[dict[str, Any]]:
    return [{"id": name, "title": curriculum.skill(name).title, **level_of(standings, name)} for name in ids]


def evidence_rows(evidence: Sequence[Evidence]) -> list[dict[str, Any]]:
    return [
        {
            "outcome": item.outcome,
            "source": item.source,
            "ref": item.ref,
            "day": _day(item.at),
            **_said(item),
        }
        for item in evidence
    ]


def _said(item: Evidence) -> dict[str, str]:
    """Who decided, why, and whether it takes an earlier decision back; empty for what was measured, and for what a file
    alone says that an instructor said."""
    if not item.source == item.provenance == "instructor":
        return {"by": "", "why": "", "revokes": ""}
    return {
        name: str(item.detail.get(key, "")) for name, key in (("by", "name"), ("why", "why"), ("revokes", "revokes"))
    }


def _day(moment: datetime) -> str:
    return clock.local_day(moment).isoformat()

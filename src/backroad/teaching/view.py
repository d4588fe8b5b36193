"""Cohorts as plain dicts for the templates."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from backroad.cohorts.figures import CheckFigures, Named, Row, StuckOn
from backroad.cohorts.model import Assignment, Cohort, Invitation, LabContent
from backroad.curriculum import Curriculum
from backroad.kit import clock
from backroad.labs.library import LabLibrary
from backroad.progress.model import Evidence, Standing
from backroad.progress.standing import revoked

BEHIND_WORDS = {True: "behind", False: "on time"}


def cohort_view(cohort: Cohort, curriculum: Curriculum, today: date) -> dict[str, Any]:
    road = curriculum.roads.get(cohort.road)
    return {
        "id": cohort.id,
        "name": cohort.name,
        "road": cohort.road,
        "road_title": road.title if road else cohort.road,
        "start": cohort.start,
        "end": cohort.end,
        "minutes_a_week": cohort.minutes_a_week,
        "archived": cohort.archived_at is not None,
        "expected": cohort.expected(today),
        "state": "to come" if today < cohort.start else "over" if today > cohort.end else "going on",
    }


def _day(moment: datetime | None) -> date | None:
    return clock.local_day(moment) if moment else None


def row_view(row: Row, cohort: Cohort) -> dict[str, Any]:
    return {
        "id": row.learner,
        "name": row.name,
        "joined": _day(row.joined_at),
        "done": row.done,
        "pace": BEHIND_WORDS[row.behind],
        "behind": row.behind,
        "week_minutes": row.week_minutes,
        "little": bool(cohort.minutes_a_week and row.week_minutes < cohort.minutes_a_week),
        "active": _day(row.active_at),
        "overdue": row.overdue,
        "stuck": row.stuck,
        "stuck_on": row.stuck_on,
        "idle": row.idle,
    }


def _claims(labs: LabLibrary, slug: str) -> dict[str, str]:
    return {item.id: item.check.claim for item in labs.get(slug).checks()} if slug in labs.slugs else {}


def stuck_view(found: Sequence[StuckOn], labs: LabLibrary, today: date) -> list[dict[str, Any]]:
    rows = []
    for one in found:
        slug, _, check = one.ref.partition("/")
        rows.append(
            {
                "learner": one.learner,
                "name": one.name,
                "lab": slug,
                "check": check,
                "claim": _claims(labs, slug).get(check, check),
                "runs": one.runs,
                "days": max(0, (today - clock.local_day(one.since)).days),
            }
        )
    return rows


def lab_view(
    slug: str, lab: LabContent, labs: LabLibrary, checks: Mapping[str, CheckFigures], finished: Sequence[int]
) -> list[dict[str, Any]]:
    """Its stages, each with its checks and how they go."""
    claims = _claims(labs, slug)
    titles = [stage.title for stage in labs.get(slug).stages] if slug in labs.slugs else []
    stages = []
    for number, (refs, done) in enumerate(zip(lab.stages, finished, strict=True), 1):
        rows = []
        for ref in refs:
            name, one = ref.partition("/")[2], checks.get(ref, CheckFigures(ref, 0, 0, 0, 0))
            rows.append(
                {
                    "id": name,
                    "claim": claims.get(name, name),
                    "tried": one.tried,
                    "passed": one.passed,
                    "failed": one.failed,
                    "runs": one.runs,
                    "each": f"{one.runs / one.tried:.1f}" if one.tried else "",
                }
            )
        title = titles[number - 1] if number <= len(titles) else ""
        stages.append(
            {
                "number": number,
                "title": title,
                "finished": done,
                "checks": rows,
                "tried": any(row["tried"] for row in rows),
            }
        )
    return stages


def assignment_view(one: Assignment, done: int, today: date) -> dict[str, Any]:
    path = f"/labs/{one.lab}" if one.lab else f"/skills/{one.skills[0]}" if len(one.skills) == 1 else ""
    return {
        "id": one.id,
        "title": one.title,
        "kind": {"lab": "lab", "stage": "lab up to a stage", "skills": "skills"}[one.kind],
        "skills": list(one.skills),
        "lab": one.lab,
        "deadline": one.deadline,
        "over": one.deadline < today,
        "path": path,
        "done": done,
    }


def invitation_view(one: Invitation, now: datetime) -> dict[str, Any]:
    left = "revoked" if one.revoked_at else "used up" if one.used >= one.uses else "expired"
    return {
        "id": one.id,
        "made": _day(one.created_at),
        "expires": _day(one.expires_at),
        "uses": one.uses,
        "used": one.used,
        "open": one.is_open(now),
        "state": "open" if one.is_open(now) else left,
    }


def skill_matrix(
    people: Sequence[Named], levels: Mapping[str, Mapping[str, str]], skills: Sequence[str]
) -> list[dict[str, Any]]:
    return [
        {
            "id": one.learner,
            "name": one.name,
            "cells": [{"skill": skill, "level": levels[one.learner].get(skill, "new")} for skill in skills],
        }
        for one in people
    ]


def area_matrix(
    people: Sequence[Named],
    counts: Mapping[str, Mapping[str, tuple[int, int]]],
    areas: Mapping[str, Sequence[str]],
) -> list[dict[str, Any]]:
    rows = []
    for one in people:
        cells = []
        for area, skills in areas.items():
            proven, reached = counts[one.learner].get(area, (0, 0))
            share = round(100 * reached / len(skills))
            cells.append({"area": area, "proven": proven, "reached": reached, "all": len(skills), "share": share})
        rows.append({"id": one.learner, "name": one.name, "cells": cells})
    return rows


def standing_areas(
    curriculum: Curriculum, areas: Mapping[str, Sequence[str]], standings: Mapping[str, Standing]
) -> list[dict[str, Any]]:
    """The skills of a road by area, as one learner has them."""
    found = []
    for area, skills in areas.items():
        rows = []
        for skill in skills:
            one = standings.get(skill)
            level, fading = (one.level, one.fading) if one else ("new", False)
            rows.append({"id": skill, "title": curriculum.skills[skill].title, "level": level, "fading": fading})
        reached = sum(row["level"] in ("practised", "proven") for row in rows)
        title = curriculum.areas[area].title if area in curriculum.areas else area
        found.append({"title": title, "skills": rows, "reached": reached})
    return found


def evidence_view(items: Sequence[Evidence], cohort_id: str) -> list[dict[str, Any]]:
    """Lines of a skill's ledger; which of them is a decision of this cohort that can still be taken back."""
    gone = revoked(items)
    rows = []
    for item in items:
        said = item.detail if item.source == item.provenance == "instructor" else {}
        decided = bool(said) and "revokes" not in said
        rows.append(
            {
                "id": item.id,
                "source": item.source,
                "provenance": item.provenance,
                "ref": item.ref,
                "outcome": item.outcome,
                "day": clock.local_day(item.at),
                "by": str(said.get("name", "")),
                "why": str(said.get("why", "")),
                "revokes": str(said.get("revokes", "")),
                "gone": item.id in gone,
                "revocable": decided and said.get("cohort") == cohort_id and item.id not in gone,
                "run": str(item.detail.get("run", "")) if item.source == "check" else "",
            }
        )
    return rows

"""Road, map, roads and the page of a skill."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from backroad.accounts.model import LANGUAGE_NAMES, Learner
from backroad.curriculum import Curriculum, Road
from backroad.drills.library import DrillLibrary
from backroad.drills.view import KIND_NAMES
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.kept import KEPT
from backroad.kit.markdown import render_lesson
from backroad.kit.pages import page
from backroad.notes import store as notes
from backroad.notes.pages import note_view
from backroad.notes.places import Places
from backroad.planner import actions as planner
from backroad.planner.outline import LabOutline, next_skill
from backroad.progress import Facts
from backroad.progress import actions as progress
from backroad.progress.explain import explain
from backroad.road import map as road_map
from backroad.road import view
from backroad.road.actions import log_reading

EVIDENCE_SHOWN = 8
PROBLEMS_SHOWN = 10
Outlines = Mapping[str, LabOutline]
LEVELS = ("new", "learning", "practised", "proven")


@get("/road", include_in_schema=False, opt=KEPT)
async def road_page(
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Response[str]:
    return await _road(learner.road, learner, curriculum, outlines, facts, db)


@get("/roads/{road_id:str}", include_in_schema=False, opt=KEPT)
async def other_road(
    road_id: FromPath[str],
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Response[str]:
    return await _road(road_id, learner, curriculum, outlines, facts, db)


async def _road(
    road_id: str, learner: Learner, curriculum: Curriculum, outlines: Outlines, facts: Facts, db: Database
) -> Response[str]:
    road = curriculum.road(road_id)
    standings, done = await db.run(
        lambda tx: (progress.standings(tx, learner.id, clock.now()), planner.done_so_far(tx, learner.id))
    )
    items = planner.items_for(learner, curriculum, outlines, facts, done, road=road)
    next_up = next_skill(items)
    steps = view.road_steps(road, curriculum, standings, outlines, done.passed, track=learner.language, next_up=next_up)
    counts = Counter(row["level"] for step in steps for row in step["skills"])
    return page(
        "road/road.html",
        nav="road",
        road={"title": road.title, "about": road.about, "chosen": road.id == learner.road, **_whose(curriculum, road)},
        steps=steps,
        counts={level: counts[level] for level in LEVELS},
        ends="",
    )


@get("/roads", include_in_schema=False, opt=KEPT)
async def roads_page(
    learner: NamedDependency[Learner], curriculum: NamedDependency[Curriculum], db: NamedDependency[Database]
) -> Response[str]:
    standings = await db.run(lambda tx: progress.standings(tx, learner.id, clock.now()))
    proven = {name for name, standing in standings.items() if standing.level == "proven"}
    rows = [
        {
            "id": road.id,
            "title": road.title,
            "about": road.about,
            "skills": len(road.skills),
            "proven": len(proven.intersection(road.skills)),
            "chosen": road.id == learner.road,
            "own": road.id in curriculum.own_roads,
        }
        for road in curriculum.roads.values()
    ]
    problems = [mistake.sentence for mistake in curriculum.own_problems]
    shown, more = problems[:PROBLEMS_SHOWN], max(0, len(problems) - PROBLEMS_SHOWN)
    return page("road/roads.html", nav="road", roads=rows, problems=shown, more=more)


def _whose(curriculum: Curriculum, road: Road) -> dict[str, Any]:
    """`file` is where a road of the learner's own lies; empty for the others."""
    own = road.id in curriculum.own_roads
    return {"id": road.id, "file": str(curriculum.road_file(road.id)) if own else "", "private": road.private}


@get("/road/map", include_in_schema=False, opt=KEPT)
async def map_page(
    request: Request[Any, Any, Any],
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Response[str]:
    road = curriculum.road(learner.road)
    standings, done = await db.run(
        lambda tx: (progress.standings(tx, learner.id, clock.now()), planner.done_so_far(tx, learner.id))
    )
    items = planner.items_for(learner, curriculum, outlines, facts, done)
    ids = [item.id for item in items if item.kind == "skill"]
    zoom = request.query_params.get("zoom", "75")
    zoom = zoom if zoom in ("50", "75", "100") else "75"
    return page(
        "road/map.html",
        nav="road",
        road={"title": road.title},
        map=road_map.drawn(curriculum, ids, standings, next_skill(items)),
        zoom=zoom,
        scale=int(zoom) / 100,
    )


@get("/skills/{skill_id:str}", include_in_schema=False, opt=KEPT)
async def skill_page(
    skill_id: FromPath[str],
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    library: NamedDependency[DrillLibrary],
    facts: NamedDependency[Facts],
    places: NamedDependency[Places],
    db: NamedDependency[Database],
) -> Response[str]:
    skill = curriculum.skill(skill_id)
    standings, evidence, outcomes, read, own_notes = await db.run(
        lambda tx: (
            progress.standings(tx, learner.id, clock.now()),
            progress.evidence_of(tx, learner.id, skill_id, EVIDENCE_SHOWN),
            progress.latest_outcomes(tx, learner.id, skill_id),
            progress.read_at(tx, learner.id, skill_id),
            notes.at_place(tx, learner.id, "skill", skill_id),
        )
    )
    drills = library.of_skill(skill_id)
    unanswered = [drill.id for drill in drills if drill.id not in outcomes]
    lesson = curriculum.lesson(skill_id)
    checks = [ref.split("/", 1) for ref in facts.checks.get(skill_id, ())]
    return page(
        "road/skill.html",
        nav="road",
        skill={
            "id": skill.id,
            "title": skill.title,
            "claim": skill.claim,
            "minutes": skill.minutes,
            "area": curriculum.areas[skill.area].title,
            "file": str(curriculum.folder(skill.id) / "skill.toml") if skill.id in curriculum.own_skills else "",
            "private": skill.private,
        },
        standing={
            **view.level_of(standings, skill_id),
            "because": explain(standings.get(skill_id), facts, skill_id),
        },
        lesson=render_lesson(lesson) if lesson else "",
        read=clock.local_day(read) if read else None,
        drills=[
            {
                "id": drill.id,
                "title": drill.name.replace("-", " "),
                "kind_name": KIND_NAMES[drill.kind],
                "seconds": drill.seconds,
                "outcome": outcomes.get(drill.id, ""),
            }
            for drill in drills
        ],
        answered=len(drills) - len(unanswered),
        first_drill=(unanswered or [drill.id for drill in drills] or [""])[0],
        notes=[note_view(note, places) for note in own_notes],
        evidence=view.evidence_rows(evidence),
        proves=[{"lab": lab, "id": check} for lab, check in checks],
        requires=view.neighbours(curriculum, skill.requires, standings),
        unlocks=view.neighbours(curriculum, curriculum.unlocks.get(skill_id, ()), standings),
        resources=curriculum.resources_for(skill_id, learner.language),
        language=LANGUAGE_NAMES[learner.language],
    )


@post("/skills/{skill_id:str}/read", include_in_schema=False)
async def mark_read(
    skill_id: FromPath[str],
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    db: NamedDependency[Database],
) -> Redirect:
    skill = curriculum.skill(skill_id)
    visible = data.get("seconds", "0")
    seconds = float(visible) if visible.isdecimal() else 0.0
    await db.run(lambda tx: log_reading(tx, learner.id, skill, seconds, clock.now()))
    return Redirect(f"/skills/{skill_id}", status_code=303)


ROUTES = (road_page, other_road, roads_page, map_page, skill_page, mark_read)

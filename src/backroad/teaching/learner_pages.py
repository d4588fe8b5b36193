"""One learner of a cohort, for their instructor: standing, evidence of a skill, and a run. No page here reads notes."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect
from sqlalchemy import Connection

from backroad.cohorts import actions, comments, decisions
from backroad.cohorts.decisions import Decided
from backroad.cohorts.model import Cohort, Member
from backroad.curriculum import Curriculum
from backroad.identity.model import Person
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.pages import page
from backroad.labs import view as labs_view
from backroad.labs.changes import one_before
from backroad.labs.library import LabLibrary
from backroad.planner.outline import LabOutline
from backroad.progress import Facts
from backroad.progress import actions as progress
from backroad.progress.explain import explain
from backroad.progress.model import Evidence, Standing
from backroad.teaching import actions as teaching
from backroad.teaching import view
from backroad.teaching.content import areas_of, content_of

FormData = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
Outlines = dict[str, LabOutline]
INSTRUCTS = {"role": "instructor"}
LEARNER = "/cohorts/{cohort_id:str}/learners/{learner_id:str}"
SKILL, RUN = LEARNER + "/skills/{skill:str}", LEARNER + "/runs/{run_id:str}"
RUNS_SHOWN = 20
LINES_SHOWN = 100
OUTCOMES: dict[str, Decided] = {"passed": "passed", "failed": "failed"}


@get(LEARNER, include_in_schema=False, opt=INSTRUCTS)
async def learner_page(
    cohort_id: FromPath[str],
    learner_id: FromPath[str],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[Outlines],
    labs: NamedDependency[LabLibrary],
    db: NamedDependency[Database],
) -> Response[str]:
    now, content = clock.now(), content_of(curriculum, outlines)
    seen = await db.run(lambda tx: teaching.learner(tx, person, cohort_id, learner_id, content, now, RUNS_SHOWN))
    today = clock.local_day(now)
    areas = areas_of(curriculum, content.roads.get(seen.cohort.road, ((), ()))[0])
    return page(
        "teaching/learner.html",
        nav="cohorts",
        cohort=view.cohort_view(seen.cohort, curriculum, today),
        learner=view.row_view(seen.row, seen.cohort),
        areas=view.standing_areas(curriculum, areas, seen.standings),
        assignments=[view.assignment_view(one, int(done), today) for one, done in seen.assignments],
        stuck=view.stuck_view(seen.stuck, labs, today),
        runs=[labs_view.run_row(run, one_before(run, seen.runs)) for run in seen.runs],
    )


@post(LEARNER, include_in_schema=False, opt=INSTRUCTS)
async def remove_learner(
    cohort_id: FromPath[str], learner_id: FromPath[str], person: NamedDependency[Person], db: NamedDependency[Database]
) -> Redirect:
    await db.run(lambda tx: actions.remove_member(tx, person, cohort_id, learner_id, clock.now()))
    return Redirect(f"/cohorts/{cohort_id}", status_code=303)


@get(SKILL, include_in_schema=False, opt=INSTRUCTS)
async def skill_page(
    cohort_id: FromPath[str],
    learner_id: FromPath[str],
    skill: FromPath[str],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Response[str]:
    return await _skill((cohort_id, learner_id, skill), person, curriculum, facts, db)


async def _skill(
    where: tuple[str, str, str],
    person: Person,
    curriculum: Curriculum,
    facts: Facts,
    db: Database,
    *,
    why: str = "",
    problem: str = "",
) -> Response[str]:
    cohort_id, learner_id, skill_id = where

    def read(tx: Connection) -> tuple[Cohort, Member, list[Evidence], Standing | None]:
        cohort, member = actions.member_of(tx, person, cohort_id, learner_id)
        standing = progress.standings(tx, learner_id, clock.now()).get(skill_id)
        return cohort, member, progress.evidence_of(tx, learner_id, skill_id, LINES_SHOWN), standing

    cohort, member, lines, standing = await db.run(read)
    skill = curriculum.skill(skill_id)
    return page(
        "teaching/skill.html",
        status=422 if problem else 200,
        nav="cohorts",
        cohort=view.cohort_view(cohort, curriculum, clock.today()),
        learner={"id": member.learner, "name": member.name},
        skill={"id": skill.id, "title": skill.title, "claim": skill.claim},
        level=standing.level if standing else "new",
        fading=bool(standing and standing.fading),
        because=explain(standing, facts, skill_id),
        lines=view.evidence_view(lines, cohort_id),
        why=why,
        problem=problem,
    )


@post(SKILL, include_in_schema=False, opt=INSTRUCTS)
async def decide(
    cohort_id: FromPath[str],
    learner_id: FromPath[str],
    skill: FromPath[str],
    data: FormData,
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[Outlines],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Response[Any]:
    """`do` is passed or failed; or revoke, with the decision's `id`."""
    do, why, now = str(data.get("do", "")), str(data.get("why", "")), clock.now()
    content, where = content_of(curriculum, outlines), (cohort_id, learner_id)

    def act(tx: Connection) -> None:
        if do == "revoke":
            named = {"skill": skill, "evidence_id": str(data.get("id", "")), "why": why}
            decisions.take_back(tx, person, *where, **named, now=now, facts=facts)
            return
        outcome = OUTCOMES.get(do)
        if outcome is None:
            raise Problem("There is no such decision.", "Press one of the buttons.")
        decisions.decide(tx, person, *where, content, skill=skill, outcome=outcome, why=why, now=now, facts=facts)

    try:
        await db.run(act)
    except Problem as problem:
        if problem.status == 404:
            raise
        return await _skill((*where, skill), person, curriculum, facts, db, why=why, problem=str(problem))
    return Redirect(f"/cohorts/{cohort_id}/learners/{learner_id}/skills/{skill}", status_code=303)


@get(RUN, include_in_schema=False, opt=INSTRUCTS)
async def run_page(
    cohort_id: FromPath[str],
    learner_id: FromPath[str],
    run_id: FromPath[str],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    labs: NamedDependency[LabLibrary],
    db: NamedDependency[Database],
) -> Response[str]:
    where = (cohort_id, learner_id, run_id)
    cohort, member, run, events, said = await db.run(
        lambda tx: teaching.run_with_comments(tx, person, *where, clock.now())
    )
    action = f"/cohorts/{cohort_id}/learners/{learner_id}/runs/{run_id}"
    return page(
        "teaching/run.html",
        nav="cohorts",
        cohort=view.cohort_view(cohort, curriculum, clock.today()),
        learner={"id": member.learner, "name": member.name},
        lab={"title": labs.get(run.lab).title if run.lab in labs.slugs else run.lab},
        comments=comments.told(said),
        reviewer=None if cohort.archived_at else {"person": person.id, "action": action},
        since=None,
        **labs_view.transcript(run, events),
    )


@post(RUN, include_in_schema=False, opt=INSTRUCTS)
async def comment(
    cohort_id: FromPath[str],
    learner_id: FromPath[str],
    run_id: FromPath[str],
    data: FormData,
    person: NamedDependency[Person],
    db: NamedDependency[Database],
) -> Redirect:
    where = (cohort_id, learner_id, run_id)
    check, text, gone = (str(data.get(name, "")) for name in ("check", "text", "remove"))

    def act(tx: Connection) -> None:
        if gone:
            comments.take_back(tx, person, *where, gone)
        else:
            teaching.comment(tx, person, *where, check=check, text=text, now=clock.now())

    await db.run(act)
    place = "#comments" if gone or not check else f"#{check}"
    return Redirect(f"/cohorts/{cohort_id}/learners/{learner_id}/runs/{run_id}{place}", status_code=303)


ROUTES = (learner_page, remove_learner, skill_page, decide, run_page, comment)

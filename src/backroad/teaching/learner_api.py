"""One learner of a cohort over REST: standing, evidence, runs, comments and decisions. Notes are never read here."""

from typing import Annotated

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, Parameter

from backroad.accounts.model import Learner
from backroad.cohorts import actions, comments, decisions
from backroad.curriculum import Curriculum
from backroad.identity.model import Person
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.http import problem_responses
from backroad.kit.paging import Cursor, Limit, Page, read_cursor, write_cursor
from backroad.labs.api import RunEntry, RunWithReport, run_entry
from backroad.planner.outline import LabOutline
from backroad.progress import Facts
from backroad.teaching import actions as teaching
from backroad.teaching.content import content_of
from backroad.teaching.entries import (
    CommentEntry,
    EvidenceLine,
    LearnerPage,
    NewComment,
    NewDecision,
    Revocation,
    SkillEntry,
    assignment_entry,
    comment_entry,
    evidence_line,
    learner_entry,
)

Outlines = dict[str, LabOutline]
INSTRUCTS = {"role": "instructor"}
READING = problem_responses(400, 401, 403, 404)
WRITING = problem_responses(400, 401, 403, 404, 409, 413, 415, 422)
LEARNER = "/cohorts/{cohort_id:str}/learners/{learner_id:str}"
RUN = LEARNER + "/runs/{run_id:str}"
Skill = Annotated[str | None, Parameter(max_length=100, description="Only of this skill.")]


@get(
    LEARNER,
    summary="One learner: standing, assignments, and what they are behind with",
    opt=INSTRUCTS,
    responses=READING,
)
async def read_learner(
    cohort_id: FromPath[str],
    learner_id: FromPath[str],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[Outlines],
    db: NamedDependency[Database],
) -> LearnerPage:
    now, content = clock.now(), content_of(curriculum, outlines)
    seen = await db.run(lambda tx: teaching.learner(tx, person, cohort_id, learner_id, content, now, 1))
    row = msgspec.structs.asdict(learner_entry(seen.row, seen.cohort.expected(clock.local_day(now))))
    skills = [
        SkillEntry(one.skill, one.level, one.fading, one.last_at, list(one.proven_by), list(one.failing))
        for _, one in sorted(seen.standings.items())
    ]
    return LearnerPage(
        **row, skills=skills, assignments=[assignment_entry(one, int(done)) for one, done in seen.assignments]
    )


@delete(LEARNER, summary="Remove a learner; what they did stays theirs", opt=INSTRUCTS, responses=READING)
async def remove_learner(
    cohort_id: FromPath[str], learner_id: FromPath[str], person: NamedDependency[Person], db: NamedDependency[Database]
) -> None:
    await db.run(lambda tx: actions.remove_member(tx, person, cohort_id, learner_id, clock.now()))


@get(LEARNER + "/evidence", summary="A learner's evidence, newest first", opt=INSTRUCTS, responses=READING)
async def list_evidence(
    cohort_id: FromPath[str],
    learner_id: FromPath[str],
    person: NamedDependency[Person],
    db: NamedDependency[Database],
    limit: Limit = 20,
    cursor: Cursor = None,
    skill: Skill = None,
) -> Page[EvidenceLine]:
    before = read_cursor(cursor)
    found = await db.run(
        lambda tx: teaching.evidence(tx, person, cohort_id, learner_id, limit + 1, skill=skill, before=before)
    )
    last = found[limit - 1] if len(found) > limit else None
    return Page([evidence_line(one) for one in found[:limit]], write_cursor(last.at, last.id) if last else None)


@get(LEARNER + "/runs", summary="A learner's runs, newest first", opt=INSTRUCTS, responses=READING)
async def list_runs(
    cohort_id: FromPath[str],
    learner_id: FromPath[str],
    person: NamedDependency[Person],
    db: NamedDependency[Database],
    limit: Limit = 20,
    cursor: Cursor = None,
    lab: Annotated[str | None, Parameter(max_length=80, description="Only runs of this lab.")] = None,
) -> Page[RunEntry]:
    before = read_cursor(cursor)
    found = await db.run(lambda tx: teaching.runs(tx, person, cohort_id, learner_id, limit + 1, lab=lab, before=before))
    last = found[limit - 1] if len(found) > limit else None
    return Page([run_entry(one) for one in found[:limit]], write_cursor(last.started_at, last.id) if last else None)


@get(RUN, summary="A learner's run with its report", opt=INSTRUCTS, responses=READING)
async def read_run(
    cohort_id: FromPath[str],
    learner_id: FromPath[str],
    run_id: FromPath[str],
    person: NamedDependency[Person],
    db: NamedDependency[Database],
) -> RunWithReport:
    _, _, run = await db.run(lambda tx: teaching.run(tx, person, cohort_id, learner_id, run_id, clock.now()))
    return RunWithReport(**msgspec.structs.asdict(run_entry(run)), report=run.report)


@get(RUN + "/comments", summary="What this cohort's instructors said of a run", opt=INSTRUCTS, responses=READING)
async def list_comments(
    cohort_id: FromPath[str],
    learner_id: FromPath[str],
    run_id: FromPath[str],
    person: NamedDependency[Person],
    db: NamedDependency[Database],
) -> list[CommentEntry]:
    where = (cohort_id, learner_id, run_id)
    return [
        comment_entry(one) for one in await db.run(lambda tx: teaching.comments_of(tx, person, *where, clock.now()))
    ]


@post(RUN + "/comments", summary="Comment on a run, or on a check of it", opt=INSTRUCTS, responses=WRITING)
async def add_comment(
    cohort_id: FromPath[str],
    learner_id: FromPath[str],
    run_id: FromPath[str],
    data: JSONBody[NewComment],
    person: NamedDependency[Person],
    db: NamedDependency[Database],
) -> CommentEntry:
    where, said = (cohort_id, learner_id, run_id), {"check": data.check, "text": data.text}
    made = await db.run(lambda tx: teaching.comment(tx, person, *where, **said, now=clock.now()))
    return comment_entry(made)


@delete(RUN + "/comments/{comment_id:str}", summary="Take your comment back", opt=INSTRUCTS, responses=READING)
async def remove_comment(
    cohort_id: FromPath[str],
    learner_id: FromPath[str],
    run_id: FromPath[str],
    comment_id: FromPath[str],
    person: NamedDependency[Person],
    db: NamedDependency[Database],
) -> None:
    await db.run(lambda tx: comments.take_back(tx, person, cohort_id, learner_id, run_id, comment_id))


@post(
    LEARNER + "/decisions",
    summary="Accept or override what is known of a skill: a line is added, none is changed",
    opt=INSTRUCTS,
    responses=WRITING,
)
async def decide(
    cohort_id: FromPath[str],
    learner_id: FromPath[str],
    data: JSONBody[NewDecision],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[Outlines],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> EvidenceLine:
    content, now = content_of(curriculum, outlines), clock.now()
    made = await db.run(
        lambda tx: decisions.decide(
            tx,
            person,
            cohort_id,
            learner_id,
            content,
            skill=data.skill,
            outcome=data.outcome,
            why=data.why,
            about=data.about,
            now=now,
            facts=facts,
        )
    )
    return evidence_line(made)


@post(
    LEARNER + "/decisions/{evidence_id:str}/revocation",
    summary="Take a decision back, by one more line",
    opt=INSTRUCTS,
    responses=WRITING,
)
async def take_back(
    cohort_id: FromPath[str],
    learner_id: FromPath[str],
    evidence_id: FromPath[str],
    data: JSONBody[Revocation],
    person: NamedDependency[Person],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> EvidenceLine:
    said = {"skill": data.skill, "why": data.why, "evidence_id": evidence_id}
    made = await db.run(
        lambda tx: decisions.take_back(tx, person, cohort_id, learner_id, **said, now=clock.now(), facts=facts)
    )
    return evidence_line(made)


@get(
    "/runs/{run_id:str}/comments",
    summary="What instructors said of your run",
    responses=problem_responses(400, 401, 403, 404, 409),
)
async def own_comments(
    run_id: FromPath[str], learner: NamedDependency[Learner], db: NamedDependency[Database]
) -> list[CommentEntry]:
    found = await db.run(lambda tx: teaching.own_comments(tx, learner.id, run_id, clock.now()))
    return [comment_entry(one) for one in found]


HANDLERS = (
    read_learner,
    remove_learner,
    list_evidence,
    list_runs,
    read_run,
    list_comments,
    add_comment,
    remove_comment,
    decide,
    take_back,
    own_comments,
)

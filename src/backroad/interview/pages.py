"""The interview: its beginning, one question at a time, and the page on which it is gone through and graded."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum
from backroad.drills.library import DrillLibrary
from backroad.interview import actions, taking
from backroad.interview.actions import NotRunning
from backroad.interview.model import LENGTHS, LEVELS, Interview, Terms
from backroad.interview.view import asking_view, earlier_view, interview_view, start_view
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import NotFound, Problem
from backroad.kit.pages import page
from backroad.progress import Facts

AnyRequest = Request[Any, Any, Any]
HERE = "/interview"


@get(HERE, include_in_schema=False)
async def interview_page(
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    library: NamedDependency[DrillLibrary],
    db: NamedDependency[Database],
) -> Response[str]:
    found = await db.run(lambda tx: actions.newest(tx, learner.id))
    if found and found[0].state == "running":
        return question_page(found[0], learner, curriculum, library)
    return start_page(curriculum, library, found, Terms())


def start_page(
    curriculum: Curriculum,
    library: DrillLibrary,
    found: Sequence[Interview],
    terms: Terms,
    *,
    problem: str = "",
) -> Response[str]:
    return page(
        "interview/start.html",
        status=422 if problem else 200,
        nav="progress",
        problem=problem,
        levels=LEVELS,
        lengths=LENGTHS,
        earlier=earlier_view(found),
        **start_view(curriculum, library, terms),
    )


@post(HERE, include_in_schema=False)
async def begin(
    request: AnyRequest,
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    library: NamedDependency[DrillLibrary],
    db: NamedDependency[Database],
) -> Response[Any]:
    form = await request.form()
    terms = Terms()
    try:
        terms = terms_of(form)
        await taking.begin(db, learner, curriculum, library, terms)
    except Problem as problem:
        found = await db.run(lambda tx: actions.newest(tx, learner.id))
        return start_page(curriculum, library, found, terms, problem=str(problem))
    return Redirect(HERE, status_code=303)


def terms_of(form: Any) -> Terms:
    minutes = str(form.get("minutes", "40"))
    asked = {
        "level": str(form.get("level", "middle")),
        "areas": [str(area)[:40] for area in form.getall("areas", [])],
        "minutes": int(minutes) if minutes.isdecimal() and len(minutes) < 4 else minutes,
        "coding": "coding" in form,
    }
    try:
        return msgspec.convert(asked, Terms)
    except msgspec.ValidationError:
        raise Problem("This is no interview that we hold.", "Choose a level and a length from those shown.") from None


@post(f"{HERE}/answers", include_in_schema=False)
async def answer(
    request: AnyRequest,
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    library: NamedDependency[DrillLibrary],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Response[Any]:
    """Next, skip, leave or end: in all of them what is written is kept."""
    form = await request.form()
    number, then, text = str(form.get("number", "")), str(form.get("then", "next")), str(form.get("text", ""))
    which = int(number) if number.isdecimal() and len(number) < 4 else 0
    try:
        if then == "leave":
            await db.run(lambda tx: actions.keep_draft(tx, learner.id, which, {"text": text}))
            return Redirect("/", status_code=303)
        if then == "end":
            found = await _ended(db, learner, library, facts, which, text)
        else:
            given = None if then == "skip" else {"text": text}
            found = await taking.answer(db, learner, library, facts, which, given)
    except NotRunning:
        return Redirect(HERE, status_code=303)
    except Problem as problem:
        now = await db.run(lambda tx: actions.running(tx, learner.id))
        return question_page(now, learner, curriculum, library, problem=str(problem), text=text)
    return Redirect(HERE if found.state == "running" else f"{HERE}/{found.id}", status_code=303)


async def _ended(
    db: Database, learner: Learner, library: DrillLibrary, facts: Facts, number: int, text: str
) -> Interview:
    """The question that is open counts as answered if something was written."""
    if text.strip():
        await db.run(lambda tx: actions.answer(tx, learner.id, number, {"text": text}, clock.now()))
    return await taking.end(db, learner, library, facts)


def question_page(
    found: Interview,
    learner: Learner,
    curriculum: Curriculum,
    library: DrillLibrary,
    *,
    problem: str = "",
    text: str | None = None,
) -> Response[str]:
    return page(
        "interview/question.html",
        status=422 if problem else 200,
        nav="progress",
        problem=problem,
        result=None,
        **asking_view(found, learner, curriculum, library, text=text),
    )


@get(HERE + "/{interview_id:str}", include_in_schema=False)
async def review_page(
    interview_id: FromPath[str],
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    library: NamedDependency[DrillLibrary],
    db: NamedDependency[Database],
) -> Response[Any]:
    return await _review(db, learner, curriculum, library, interview_id)


async def _review(
    db: Database,
    learner: Learner,
    curriculum: Curriculum,
    library: DrillLibrary,
    interview_id: str,
    problem: str = "",
) -> Response[Any]:
    found, others = await db.run(lambda tx: (actions.get(tx, learner.id, interview_id), actions.newest(tx, learner.id)))
    if found.state == "running":
        return Redirect(HERE, status_code=303)
    return page(
        "interview/review.html",
        status=422 if problem else 200,
        nav="progress",
        problem=problem,
        earlier=earlier_view(others, but=found.id),
        **interview_view(found, others, curriculum, library),
    )


@post(HERE + "/{interview_id:str}/grades", include_in_schema=False)
async def grade(
    interview_id: FromPath[str],
    request: AnyRequest,
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    library: NamedDependency[DrillLibrary],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Response[Any]:
    """`of` names each question that the page shows for grading, `points.<number>` the points ticked in it."""
    form = await request.form()
    numbers = [int(value) for value in map(str, form.getall("of", [])) if value.isdecimal() and len(value) < 4]
    keys = {number: [str(key) for key in form.getall(f"points.{number}", [])] for number in numbers}
    try:
        await db.run(
            lambda tx: actions.grade(tx, learner.id, interview_id, keys, library=library, now=clock.now(), facts=facts)
        )
    except NotFound:
        raise
    except Problem as problem:
        return await _review(db, learner, curriculum, library, interview_id, str(problem))
    return Redirect(f"{HERE}/{interview_id}#result", status_code=303)


ROUTES = (interview_page, begin, answer, review_page, grade)

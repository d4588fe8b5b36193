"""The placement page: its beginning, one question at a time, its result."""

import time
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum
from backroad.drills.grade import from_form
from backroad.drills.library import DrillLibrary
from backroad.drills.pages import seconds_since
from backroad.drills.view import drill_view
from backroad.kit.db import Database
from backroad.kit.errors import NotFound, Problem
from backroad.kit.pages import page
from backroad.placement import taking
from backroad.placement.actions import NotRunning
from backroad.placement.choose import MOST_QUESTIONS, VERDICTS
from backroad.placement.model import Question
from backroad.placement.questions import areas_of
from backroad.placement.taking import PlacementNow
from backroad.progress import Facts

AnyRequest = Request[Any, Any, Any]
HERE = "/placement"


@get(HERE, include_in_schema=False)
async def placement_page(
    again: FromQuery[str] = "",
    *,
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    library: NamedDependency[DrillLibrary],
    db: NamedDependency[Database],
) -> Response[str]:
    now = await taking.standing(db, learner, curriculum)
    if now.state == "running":
        try:
            return question_page(await taking.question(db, learner, curriculum, library), now.id, curriculum, learner)
        except NotFound:
            return result_page(now, curriculum, library)
    if now.state == "ended" and now.answered and not again:
        return result_page(now, curriculum, library)
    return start_page(learner, curriculum)


@post(HERE, include_in_schema=False)
async def begin(
    request: AnyRequest,
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    db: NamedDependency[Database],
) -> Response[Any]:
    form = await request.form()
    never = [str(area) for area in form.getall("never", [])]
    try:
        await taking.begin(db, learner, curriculum, never)
    except Problem as problem:
        return start_page(learner, curriculum, problem=str(problem), never=never)
    return Redirect(HERE, status_code=303)


@post(f"{HERE}/answers", include_in_schema=False)
async def answer(
    request: AnyRequest,
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    library: NamedDependency[DrillLibrary],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Response[Any]:
    form = await request.form()
    fields = [(key, str(value)) for key, value in form.multi_items()]
    number, asked_at = str(form.get("number", "")), str(form.get("asked_at", ""))
    try:
        given = None if "unknown" in form else from_form(fields)
        which = int(number) if number.isdecimal() and len(number) < 4 else 0
        await taking.answer(db, learner, curriculum, library, facts, which, given, seconds_since(asked_at))
    except (NotRunning, NotFound):
        return Redirect(HERE, status_code=303)
    except Problem as problem:
        now = await taking.standing(db, learner, curriculum)
        asked = await taking.question(db, learner, curriculum, library)
        return question_page(
            asked, now.id, curriculum, learner, problem=str(problem), given=dict(fields), asked_at=asked_at
        )
    return Redirect(HERE, status_code=303)


@post(f"{HERE}/end", include_in_schema=False)
async def end(
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Redirect:
    with suppress(NotRunning):
        await taking.end(db, learner, curriculum, facts)
    return Redirect(HERE, status_code=303)


def start_page(
    learner: Learner, curriculum: Curriculum, *, problem: str = "", never: Collection[str] = ()
) -> Response[str]:
    areas = [{"id": area.id, "title": area.title} for area in areas_of(learner, curriculum)]
    return page(
        "placement/start.html",
        status=422 if problem else 200,
        nav="today",
        most=MOST_QUESTIONS,
        areas=areas,
        never=list(never),
        problem=problem,
    )


def question_page(
    asked: Question,
    placement: str,
    curriculum: Curriculum,
    learner: Learner,
    *,
    problem: str = "",
    given: dict[str, str] | None = None,
    asked_at: str = "",
) -> Response[str]:
    return page(
        "placement/question.html",
        status=422 if problem else 200,
        nav="today",
        drill=drill_view(asked.drill, learner=learner.id, seed=placement),
        skill=curriculum.skills[asked.drill.skill].title,
        number=asked.number,
        most=MOST_QUESTIONS,
        asked_at=asked_at if asked_at.isdecimal() else int(time.time()),
        problem=problem,
        given=given or {},
        result=None,
    )


def result_page(now: PlacementNow, curriculum: Curriculum, library: DrillLibrary) -> Response[str]:
    counts = Counter(item.verdict for item in now.skills)
    return page(
        "placement/result.html",
        nav="today",
        running=now.state == "running",
        answered=now.answered,
        counts=[{"verdict": name, "skills": counts[name]} for name in VERDICTS],
        areas=result_by_area(now, curriculum),
        answers=[
            {
                "drill": given.drill if given.drill in library.by_id else "",
                "title": curriculum.skills[given.skill].title if given.skill in curriculum.skills else given.skill,
                "outcome": "passed" if given.right else "failed",
            }
            for given in now.answers
        ],
    )


def result_by_area(now: PlacementNow, curriculum: Curriculum) -> list[dict[str, Any]]:
    """The result by area, in the curriculum's order; in an area, what is probably known first."""
    areas = []
    for area in curriculum.areas.values():
        mine = [item for item in now.skills if curriculum.skill(item.skill).area == area.id]
        counts = Counter(item.verdict for item in mine)
        mine.sort(key=lambda item: VERDICTS.index(item.verdict))
        titles = {item.skill: curriculum.skill(item.skill).title for item in mine}
        skills = [{"title": titles[item.skill], **msgspec.to_builtins(item)} for item in mine]
        if mine:
            areas.append(
                {
                    "title": area.title,
                    "said": ", ".join(f"{counts[name]} {name}" for name in VERDICTS if counts[name]),
                    "skills": skills,
                }
            )
    return areas


ROUTES = (placement_page, begin, answer, end)

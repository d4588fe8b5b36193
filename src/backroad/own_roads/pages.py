"""Forking a road and changing an own one, in plain forms."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from backroad.accounts.model import Learner
from backroad.curriculum import CANONICAL, Curriculum, Road
from backroad.curriculum.lint_own import lint_own
from backroad.kit.errors import NotFound, Problem
from backroad.kit.pages import page
from backroad.own_roads import actions
from backroad.planner.outline import LabOutline

FormData = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
MISTAKES_SHOWN = 20
ONE_FOR_ALL = {"role": "admin"}
"""A server has one folder of own content, which everybody reads."""
MOVES: Mapping[str, actions.Move] = {"up": "up", "down": "down"}


class OwnContent(msgspec.Struct, frozen=True):
    """Where own content lies, and what makes the running server read it again."""

    home: Path
    renew: Callable[[], bool]
    curriculum: Callable[[], Curriculum]
    """As it was read last."""


@get("/own-roads/new", include_in_schema=False, opt=ONE_FOR_ALL)
async def fork_page(
    request: Request[Any, Any, Any], learner: NamedDependency[Learner], curriculum: NamedDependency[Curriculum]
) -> Response[str]:
    mine = CANONICAL if learner.road in curriculum.own_roads else learner.road
    base = curriculum.roads.get(request.query_params.get("from", mine)) or curriculum.road(CANONICAL)
    return _fork(curriculum, base, ticked=None)


@post("/own-roads", include_in_schema=False, opt=ONE_FOR_ALL)
async def fork(
    data: FormData,
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    own_content: NamedDependency[OwnContent],
) -> Response[Any]:
    base, name, ticked = curriculum.road(_one(data, "from")), _one(data, "name"), _many(data, "skill")
    try:
        road_id, _ = await asyncio.to_thread(
            actions.fork, curriculum, own_content.home, base.id, name, only=frozenset(ticked)
        )
    except Problem as problem:
        return _fork(curriculum, base, ticked=ticked, name=name, problem=str(problem))
    await asyncio.to_thread(own_content.renew)
    return Redirect(f"/own-roads/{road_id}?made", status_code=303)


def _fork(
    curriculum: Curriculum, base: Road, *, ticked: list[str] | None, name: str = "", problem: str = ""
) -> Response[str]:
    """`ticked` is None at first: everything."""
    steps = [
        {
            "title": step.title,
            "skills": [
                {"id": skill, "title": curriculum.skill(skill).title, "ticked": ticked is None or skill in ticked}
                for skill in step.skills
            ],
        }
        for step in base.steps
        if step.skills
    ]
    roads = [{"id": road.id, "title": road.title} for road in curriculum.roads.values()]
    return page(
        "own_roads/fork.html",
        status=422 if problem else 200,
        nav="road",
        roads=roads,
        base={"id": base.id, "title": base.title},
        steps=steps,
        name=name,
        problem=problem,
    )


@get("/own-roads/{road_id:str}", include_in_schema=False, opt=ONE_FOR_ALL)
async def edit_page(
    request: Request[Any, Any, Any],
    road_id: FromPath[str],
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
) -> Response[str]:
    said = "Made. Choose it in the settings to follow it." if "made" in request.query_params else ""
    return _edit(curriculum, road_id, learner, outlines, said=said)


@post("/own-roads/{road_id:str}", include_in_schema=False, opt=ONE_FOR_ALL)
async def change(
    road_id: FromPath[str],
    data: FormData,
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    own_content: NamedDependency[OwnContent],
) -> Response[Any]:
    actions.own_road(curriculum, road_id)
    try:
        await asyncio.to_thread(_do, curriculum, road_id, data)
    except Problem as problem:
        return _edit(curriculum, road_id, learner, outlines, problem=str(problem), form=data)
    await asyncio.to_thread(own_content.renew)
    _, _, skill = _one(data, "do").partition(" ")
    return Redirect(f"/own-roads/{road_id}#{skill or _one(data, 'skill')}", status_code=303)


def _do(curriculum: Curriculum, road_id: str, data: dict[str, Any]) -> None:
    """`do` is `up SKILL`, `down SKILL`, `remove SKILL`, `add` or `step`."""
    verb, _, skill = _one(data, "do").partition(" ")
    if verb in MOVES:
        actions.move(curriculum, road_id, skill, MOVES[verb])
    elif verb == "remove":
        actions.remove(curriculum, road_id, skill)
    elif verb == "add":
        actions.add(curriculum, road_id, _one(data, "skill"), after=_one(data, "after"))
    elif verb == "step":
        actions.add_step(curriculum, road_id, _one(data, "title"), _one(data, "skill"))
    else:
        raise Problem("The form does not say what to do.", "Use its buttons.")


def _edit(
    curriculum: Curriculum,
    road_id: str,
    learner: Learner,
    outlines: dict[str, LabOutline],
    *,
    said: str = "",
    problem: str = "",
    form: dict[str, Any] | None = None,
) -> Response[str]:
    if road_id not in curriculum.own_roads:
        curriculum.road(road_id)
        raise NotFound(f"The road {road_id} is not yours to change.", f"Fork it: /own-roads/new?from={road_id}.")
    road = curriculum.road(road_id)
    labs = {slug: lab.requires for slug, lab in outlines.items()}
    mistakes = [mistake.sentence for mistake in lint_own(curriculum, labs, road=road_id)]
    named = set(road.skills)
    return page(
        "own_roads/edit.html",
        status=422 if problem else 200,
        nav="road",
        road={"id": road.id, "title": road.title, "private": road.private, "chosen": road.id == learner.road},
        file=str(curriculum.road_file(road_id)),
        steps=[
            {
                "title": step.title,
                "skills": [{"id": skill, "title": curriculum.skill(skill).title} for skill in step.skills],
                "labs": [outlines[slug].title if slug in outlines else slug for slug in step.labs],
            }
            for step in road.steps
        ],
        free=_free(curriculum, named),
        mistakes=mistakes[:MISTAKES_SHOWN],
        more=max(0, len(mistakes) - MISTAKES_SHOWN),
        form={name: _one(form or {}, name) for name in ("skill", "after", "title")},
        said=said,
        problem=problem,
    )


def _free(curriculum: Curriculum, named: set[str]) -> list[dict[str, Any]]:
    """The skills that the road does not hold, by area."""
    groups = [
        {
            "title": area.title,
            "skills": [
                {"id": skill.id, "title": skill.title} for skill in curriculum.in_area(area.id) if skill.id not in named
            ],
        }
        for area in curriculum.areas.values()
    ]
    return [group for group in groups if group["skills"]]


def _one(data: dict[str, Any], name: str) -> str:
    value = data.get(name, "")
    return str(value[0] if isinstance(value, list) and value else value)[:2_000]


def _many(data: dict[str, Any], name: str) -> list[str]:
    value = data.get(name, [])
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


ROUTES = (fork_page, fork, edit_page, change)

"""Own roads over REST: fork one, see what is wrong with it, change it step by step."""

import asyncio
from collections.abc import Callable
from typing import Annotated

import msgspec
from litestar import Response, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from backroad.curriculum import Curriculum
from backroad.curriculum.lint_own import lint_own
from backroad.kit.errors import NotFound
from backroad.kit.http import problem_responses
from backroad.own_roads import actions
from backroad.own_roads.pages import ONE_FOR_ALL, OwnContent
from backroad.planner.outline import LabOutline

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Outlines = dict[str, LabOutline]


class OwnStep(msgspec.Struct):
    title: str
    skills: list[str]
    labs: list[str]


class OwnRoad(msgspec.Struct):
    id: str
    title: str
    about: str
    private: bool
    """It came from a clone whose licence forbids publishing it."""
    file: str
    steps: list[OwnStep]
    mistakes: list[str]
    """What is wrong with it, in sentences."""


class Fork(msgspec.Struct, forbid_unknown_fields=True):
    """`skills` are those of the road that are taken; all of them when it is left out."""

    road: Id
    name: Text
    skills: Annotated[list[Id], msgspec.Meta(min_length=1, max_length=2_000)] | None = None


class OwnSkill(msgspec.Struct, forbid_unknown_fields=True):
    """It comes after another skill, or at the road's end; with `step`, it begins a new step of that title there."""

    skill: Id
    after: Annotated[str, msgspec.Meta(max_length=200)] = ""
    step: Annotated[str, msgspec.Meta(max_length=200)] = ""


class OwnMove(msgspec.Struct, forbid_unknown_fields=True):
    direction: actions.Move


def _shown(curriculum: Curriculum, outlines: Outlines, road_id: str) -> OwnRoad:
    if road_id not in curriculum.own_roads:
        raise NotFound(f"There is no road of your own called {road_id[:80]!r}.", "GET /api/v1/own-roads lists them.")
    road = curriculum.road(road_id)
    mistakes = lint_own(curriculum, {slug: lab.requires for slug, lab in outlines.items()}, road=road_id)
    steps = [OwnStep(step.title, list(step.skills), list(step.labs)) for step in road.steps]
    file = str(curriculum.road_file(road_id))
    return OwnRoad(road.id, road.title, road.about, road.private, file, steps, [one.sentence for one in mistakes])


@get("/own-roads", summary="Your own roads", responses=problem_responses(400), sync_to_thread=True)
def list_own_roads(curriculum: NamedDependency[Curriculum], outlines: NamedDependency[Outlines]) -> list[OwnRoad]:
    return [_shown(curriculum, outlines, road_id) for road_id in sorted(curriculum.own_roads)]


@post("/own-roads", summary="Fork a road", responses=problem_responses(400, 404, 409, 413, 415))
async def fork_road(
    data: JSONBody[Fork],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[Outlines],
    own_content: NamedDependency[OwnContent],
) -> Response[OwnRoad]:
    only = None if data.skills is None else frozenset(data.skills)
    made, _ = await asyncio.to_thread(actions.fork, curriculum, own_content.home, data.road, data.name, only=only)
    fresh = await _renewed(own_content)
    return Response(_shown(fresh, outlines, made), headers={"location": f"/api/v1/own-roads/{made}"})


@get("/own-roads/{road_id:str}", summary="One own road", responses=problem_responses(400, 404), sync_to_thread=True)
def read_own_road(
    road_id: FromPath[str], curriculum: NamedDependency[Curriculum], outlines: NamedDependency[Outlines]
) -> OwnRoad:
    return _shown(curriculum, outlines, road_id)


@post(
    "/own-roads/{road_id:str}/skills",
    summary="Put a skill into an own road",
    status_code=200,
    responses=problem_responses(400, 404, 409, 413, 415),
)
async def add_skill(
    road_id: FromPath[str],
    data: JSONBody[OwnSkill],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[Outlines],
    own_content: NamedDependency[OwnContent],
) -> OwnRoad:
    def add() -> None:
        if data.step:
            actions.add_step(curriculum, road_id, data.step, data.skill)
        else:
            actions.add(curriculum, road_id, data.skill, after=data.after)

    return await _changed(add, own_content, outlines, road_id)


@delete(
    "/own-roads/{road_id:str}/skills/{skill_id:str}",
    summary="Take a skill out of an own road; what was done for it stays",
    status_code=200,
    responses=problem_responses(400, 404, 409),
)
async def remove_skill(
    road_id: FromPath[str],
    skill_id: FromPath[str],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[Outlines],
    own_content: NamedDependency[OwnContent],
) -> OwnRoad:
    return await _changed(lambda: actions.remove(curriculum, road_id, skill_id), own_content, outlines, road_id)


@post(
    "/own-roads/{road_id:str}/skills/{skill_id:str}/moves",
    summary="Move a skill one place up or down",
    status_code=200,
    responses=problem_responses(400, 404, 409, 413, 415),
)
async def move_skill(
    road_id: FromPath[str],
    skill_id: FromPath[str],
    data: JSONBody[OwnMove],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[Outlines],
    own_content: NamedDependency[OwnContent],
) -> OwnRoad:
    return await _changed(
        lambda: actions.move(curriculum, road_id, skill_id, data.direction), own_content, outlines, road_id
    )


async def _changed(change: Callable[[], None], own: OwnContent, outlines: Outlines, road_id: str) -> OwnRoad:
    await asyncio.to_thread(change)
    return _shown(await _renewed(own), outlines, road_id)


async def _renewed(own: OwnContent) -> Curriculum:
    await asyncio.to_thread(own.renew)
    return own.curriculum()


ROUTER = Router(
    "",
    route_handlers=[list_own_roads, fork_road, read_own_road, add_skill, remove_skill, move_skill],
    tags=["own roads"],
    opt=ONE_FOR_ALL,
)

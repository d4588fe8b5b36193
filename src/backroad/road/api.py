"""Roads and skills over REST."""

from typing import Annotated, Literal

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, Parameter

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum, Language, Skill
from backroad.curriculum.model import StepKind
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.http import problem_responses
from backroad.kit.kept import KEPT
from backroad.progress import Standing
from backroad.progress import actions as progress
from backroad.road.actions import log_reading
from backroad.road.view import level_of

Level = Literal["new", "learning", "practised", "proven"]


class RoadEntry(msgspec.Struct):
    id: str
    title: str
    about: str
    months: int | None
    skills: int


class StepEntry(msgspec.Struct):
    title: str
    kind: StepKind
    weeks: tuple[int, int] | None
    optional: bool
    skills: list[str]
    labs: list[str]
    topics: dict[str, list[str]]
    """Published topic -> the skills that teach it."""


class RoadAnswer(RoadEntry):
    steps: list[StepEntry] = []


class SkillEntry(msgspec.Struct):
    id: str
    title: str
    area: str
    claim: str
    minutes: int
    requires: list[str]
    lesson: bool
    level: Level
    fading: bool


class ResourceEntry(msgspec.Struct):
    title: str
    url: str
    minutes: int
    tracks: list[Language]


class SkillAnswer(SkillEntry):
    unlocks: list[str] = []
    lesson_markdown: str | None = None
    resources: list[ResourceEntry] = []


@get("/roads", summary="The roads", sync_to_thread=False)
def list_roads(curriculum: NamedDependency[Curriculum]) -> list[RoadEntry]:
    return [RoadEntry(r.id, r.title, r.about, r.months, len(r.skills)) for r in curriculum.roads.values()]


@get(
    "/roads/{road_id:str}",
    summary="One road with its steps",
    sync_to_thread=False,
    responses=problem_responses(400, 404),
    opt=KEPT,
)
def read_road(road_id: FromPath[str], curriculum: NamedDependency[Curriculum]) -> RoadAnswer:
    road = curriculum.road(road_id)
    steps = [
        StepEntry(
            step.title,
            step.kind,
            step.weeks,
            step.optional,
            list(step.skills),
            list(step.labs),
            {topic.title: list(topic.skills) for topic in step.topics},
        )
        for step in road.steps
    ]
    return RoadAnswer(road.id, road.title, road.about, road.months, len(road.skills), steps)


def _entry(curriculum: Curriculum, skill: Skill, standings: dict[str, Standing]) -> SkillEntry:
    return SkillEntry(
        skill.id,
        skill.title,
        skill.area,
        skill.claim,
        skill.minutes,
        list(skill.requires),
        curriculum.has_lesson(skill.id),
        **level_of(standings, skill.id),
    )


@get("/skills", summary="The skills with your standing", responses=problem_responses(400, 409), opt=KEPT)
async def list_skills(
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    db: NamedDependency[Database],
    area: Annotated[str | None, Parameter(description="Only skills of this area.")] = None,
    level: Annotated[Level | None, Parameter(description="Only skills that stand so.")] = None,
) -> list[SkillEntry]:
    standings = await db.run(lambda tx: progress.standings(tx, learner.id, clock.now()))
    entries = [_entry(curriculum, skill, standings) for skill in curriculum.skills.values()]
    return [e for e in entries if area in (None, e.area) and level in (None, e.level)]


@get(
    "/skills/{skill_id:str}",
    summary="One skill with its lesson and resources",
    responses=problem_responses(400, 404, 409),
    opt=KEPT,
)
async def read_skill(
    skill_id: FromPath[str],
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    db: NamedDependency[Database],
) -> SkillAnswer:
    skill = curriculum.skill(skill_id)
    standings = await db.run(lambda tx: progress.standings(tx, learner.id, clock.now()))
    return SkillAnswer(
        **msgspec.structs.asdict(_entry(curriculum, skill, standings)),
        unlocks=list(curriculum.unlocks.get(skill_id, ())),
        lesson_markdown=curriculum.lesson(skill_id) or None,
        resources=[
            ResourceEntry(r.title, r.url, r.minutes, list(r.tracks))
            for r in curriculum.resources_for(skill_id, learner.language)
        ],
    )


class Reading(msgspec.Struct, forbid_unknown_fields=True):
    """`seconds` is how long it took; what is over the estimate does not count. `id` makes a repeated one count once."""

    seconds: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 0.0
    id: Annotated[str, msgspec.Meta(max_length=40)] = ""


class ReadingKept(msgspec.Struct):
    skill: str
    seconds: float
    """So many counted."""


@post(
    "/skills/{skill_id:str}/readings",
    summary="Say that you read the lesson of a skill",
    responses=problem_responses(400, 404, 409, 413, 415),
)
async def add_reading(
    skill_id: FromPath[str],
    data: JSONBody[Reading],
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    db: NamedDependency[Database],
) -> ReadingKept:
    skill, now = curriculum.skill(skill_id), clock.now()
    counted = await db.run(lambda tx: log_reading(tx, learner.id, skill, data.seconds, now, reading_id=data.id))
    return ReadingKept(skill_id, counted)


ROUTER = Router("", route_handlers=[list_roads, read_road, list_skills, read_skill, add_reading], tags=["road"])

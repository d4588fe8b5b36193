"""Roads and skills over GraphQL: a skill with everything that hangs on it."""

from datetime import datetime

import strawberry

from backroad.accounts.graphql import Language, the_learner
from backroad.curriculum import Curriculum
from backroad.curriculum import Road as RoadNoun
from backroad.curriculum import Skill as SkillNoun
from backroad.curriculum import Step as StepNoun
from backroad.drills.graphql import Drill, drill_of
from backroad.drills.library import DrillLibrary
from backroad.kit import clock
from backroad.kit.errors import Problem
from backroad.kit.graphql.context import Id, Info, MaybeId, copied, field, mutation, page_size
from backroad.kit.paging import read_place, write_place
from backroad.labs.graphql import Lab, lab_of
from backroad.labs.library import LabLibrary
from backroad.notes.graphql import Note, notes_at
from backroad.progress import Facts
from backroad.progress import actions as progress
from backroad.progress.explain import explain
from backroad.progress.graphql import Evidence, Level, Standing, evidence_of, newest_of_skill, standing_of, standings
from backroad.road.actions import log_reading


@strawberry.type(description="Something to read, watch or do elsewhere.")
class Resource:
    title: str
    url: str
    minutes: int
    tracks: list[Language]


@strawberry.type(description="The smallest thing that you can be proven to have.")
class Skill:
    id: strawberry.ID
    title: str
    area: str
    claim: str
    minutes: int
    noun: strawberry.Private[SkillNoun]

    @field(size=3)
    def requires(self, info: Info) -> list["Skill"]:
        return _skills(info, self.noun.requires)

    @field(size=3)
    def unlocks(self, info: Info) -> list["Skill"]:
        return _skills(info, info.context.part(Curriculum).unlocks.get(self.noun.id, ()))

    @field("Markdown; null where there is none.", cost=5)
    def lesson(self, info: Info) -> str | None:
        return info.context.part(Curriculum).lesson(self.noun.id) or None

    @field("Those that suit your language.")
    async def resources(self, info: Info) -> list[Resource]:
        learner = await the_learner(info)
        found = info.context.part(Curriculum).resources_for(self.noun.id, learner.language)
        return [copied(Resource, one, tracks=[Language(track) for track in one.tracks]) for one in found]

    @field()
    async def level(self, info: Info) -> Level:
        found = (await standings(info)).get(self.noun.id)
        return Level(found.level if found else "new")

    @field("Null before there is evidence.")
    async def standing(self, info: Info) -> Standing | None:
        found = (await standings(info)).get(self.noun.id)
        return standing_of(found) if found else None

    @field("Why it stands as it does, in sentences.")
    async def because(self, info: Info) -> str:
        found = (await standings(info)).get(self.noun.id)
        return explain(found, info.context.part(Facts), self.noun.id)

    @field("Newest first.")
    async def evidence(self, info: Info, first: int = 10) -> list[Evidence]:
        return [evidence_of(item) for item in await newest_of_skill(info, self.noun.id, first)]

    @field(size=10)
    def drills(self, info: Info) -> list[Drill]:
        return [drill_of(drill) for drill in info.context.part(DrillLibrary).of_skill(self.noun.id)]

    @field("Oldest first.")
    async def notes(self, info: Info, first: int = 10) -> list[Note]:
        return await notes_at(info, "skill", self.noun.id, first)

    @field("When you last read the lesson.")
    async def read_at(self, info: Info) -> datetime | None:
        learner = await the_learner(info)
        found = await info.context.once("read", lambda tx: progress.read_skills(tx, learner.id))
        return found.get(self.noun.id)


def skill_of(noun: SkillNoun) -> Skill:
    return copied(Skill, noun, noun=noun)


def _skills(info: Info, ids: tuple[str, ...]) -> list[Skill]:
    curriculum = info.context.part(Curriculum)
    return [skill_of(curriculum.skill(one)) for one in ids]


@strawberry.type
class SkillPage:
    items: list[Skill] = strawberry.field(metadata={"size": 1})
    next_cursor: str | None


@strawberry.type(description="A topic as a roadmap published it.")
class Topic:
    title: str
    skills: list[strawberry.ID]


@strawberry.type
class Step:
    title: str
    kind: str
    optional: bool
    weeks: list[int] | None = strawberry.field(description="Published: lowest and highest.")
    noun: strawberry.Private[StepNoun]

    @field(size=5)
    def skills(self, info: Info) -> list[Skill]:
        return _skills(info, self.noun.skills)

    @field(size=1)
    def labs(self, info: Info) -> list[Lab]:
        labs = info.context.part(LabLibrary)
        return [lab_of(labs.get(slug)) for slug in self.noun.labs if slug in labs.slugs]

    @field(size=8)
    def topics(self) -> list[Topic]:
        return [Topic(title=t.title, skills=[strawberry.ID(one) for one in t.skills]) for t in self.noun.topics]


@strawberry.type(description="A named order of skills and labs.")
class Road:
    id: strawberry.ID
    title: str
    about: str
    months: int | None
    noun: strawberry.Private[RoadNoun]

    @field(size=30)
    def steps(self) -> list[Step]:
        return [copied(Step, s, weeks=list(s.weeks) if s.weeks else None, noun=s) for s in self.noun.steps]


@strawberry.type
class Query:
    @field(size=6)
    def roads(self, info: Info) -> list[Road]:
        return [copied(Road, road, noun=road) for road in info.context.part(Curriculum).roads.values()]

    @field("By default the one that you follow.")
    async def road(self, info: Info, road_id: MaybeId = None) -> Road:
        chosen = str(road_id) if road_id is not None else (await the_learner(info)).road
        road = info.context.part(Curriculum).road(chosen)
        return copied(Road, road, noun=road)

    @field()
    def skill(self, info: Info, skill_id: Id) -> Skill:
        return skill_of(info.context.part(Curriculum).skill(str(skill_id)))

    @field()
    async def skills(
        self,
        info: Info,
        first: int = 50,
        after: str | None = None,
        area: str | None = None,
        level: Level | None = None,
    ) -> SkillPage:
        size, skip = page_size(first), read_place(after)
        found = [one for one in info.context.part(Curriculum).skills.values() if area in (None, one.area)]
        if level is not None:
            known = await standings(info)
            found = [one for one in found if (known[one.id].level if one.id in known else "new") == level.value]
        cursor = write_place(skip + size) if len(found) > skip + size else None
        return SkillPage(items=[skill_of(one) for one in found[skip : skip + size]], next_cursor=cursor)


@strawberry.type
class Mutation:
    @mutation("Say that you read the lesson of a skill, and how long it took.")
    async def log_reading(self, info: Info, skill: strawberry.ID, seconds: float = 0.0) -> Skill:
        learner, curriculum = await the_learner(info), info.context.part(Curriculum)
        if not 0 <= seconds <= 86_400:
            raise Problem(f"{seconds} seconds cannot be logged.", "Give a number from 0 to 86,400.")
        noun = curriculum.skill(str(skill))
        await info.context.write(lambda tx: log_reading(tx, learner.id, noun, seconds, clock.now()))
        return skill_of(noun)

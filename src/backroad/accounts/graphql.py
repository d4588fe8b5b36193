"""The learner over GraphQL."""

from datetime import date, datetime
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy import Connection

from backroad.accounts import actions, model, store
from backroad.curriculum import Curriculum
from backroad.kit import clock
from backroad.kit.graphql.context import Info, copied, field, mutation


@strawberry.enum
class Language(Enum):
    NODE = "node"
    PYTHON = "python"
    JAVA = "java"
    GO = "go"
    PHP = "php"
    RUBY = "ruby"
    CSHARP = "csharp"


async def the_learner(info: Info) -> model.Learner:
    person = info.context.person
    return await info.context.once("learner", lambda tx: actions.the_learner(tx, person))


@strawberry.type(description="You: the road you follow and the time you have.")
class Learner:
    id: strawberry.ID
    road: str = strawberry.field(description="Id of the road.")
    language: Language
    minutes: list[int] = strawberry.field(description="Available on Monday … Sunday.")
    start: date
    days_off: list[date]
    deadline: date | None
    drop_optional: bool
    study_from: str
    retention: int = strawberry.field(description="Per cent that reviews aim at.")
    reviews_a_day: int
    created_at: datetime


def learner_of(noun: model.Learner) -> Learner:
    lists = {"minutes": list(noun.minutes), "days_off": list(noun.days_off)}
    return copied(Learner, noun, language=Language(noun.language), **lists)


@strawberry.input(description="What is left out stays as it is; of somebody new, it is what most people choose.")
class SettingsInput:
    road: str | None = None
    language: Language | None = None
    minutes: list[int] | None = None
    start: date | None = None
    days_off: list[date] | None = None
    deadline: date | None = strawberry.UNSET
    """Null takes the deadline away."""
    drop_optional: bool | None = None
    study_from: str | None = None
    retention: int | None = None
    reviews_a_day: int | None = None

    def answers(self) -> dict[str, object]:
        """Those that were given."""
        given = {name: value for name, value in vars(self).items() if name != "deadline" and value is not None}
        if self.language is not None:
            given["language"] = self.language.value
        return given if self.deadline is strawberry.UNSET else {**given, "deadline": self.deadline}


@strawberry.type
class Query:
    @field()
    async def learner(self, info: Info) -> Learner:
        return learner_of(await the_learner(info))


NEW = {"road": "canonical", "language": "python", "minutes": [60, 60, 60, 60, 60, 120, 0], "days_off": ()}


@strawberry.type
class Mutation:
    @mutation("Settle in, or change your settings.")
    async def settle(self, info: Info, settings: SettingsInput) -> Learner:
        context, answers = info.context, settings.answers()
        roads = context.part(Curriculum).roads.keys()

        def change(tx: Connection) -> model.Learner:
            known = store.read(tx, context.person)
            if known is not None:
                return actions.change(tx, known, roads, clock.now(), **answers)
            chosen: dict[str, Any] = {**NEW, "start": clock.today(), **answers}
            return actions.settle(tx, **chosen, roads=roads, now=clock.now(), learner_id=context.person)

        return learner_of(await context.write(change))

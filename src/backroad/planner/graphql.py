"""The plan over GraphQL."""

from collections.abc import Callable
from datetime import date
from enum import Enum

import msgspec
import strawberry
from sqlalchemy import Connection

from backroad.accounts import model as accounts
from backroad.accounts.graphql import the_learner
from backroad.curriculum import Curriculum
from backroad.kit import clock
from backroad.kit.graphql.context import Info, copied, field, mutation, page_size
from backroad.planner import actions, model
from backroad.planner.outline import LabOutline
from backroad.progress import Facts

HEAVY = 50
"""A plan is computed, which takes as long as fifty ordinary fields."""


class Ground(msgspec.Struct, frozen=True):
    """What a plan is made from beside the learner."""

    curriculum: Curriculum
    outlines: dict[str, LabOutline]
    facts: Facts

    @property
    def parts(self) -> tuple[Curriculum, dict[str, LabOutline], Facts]:
        return self.curriculum, self.outlines, self.facts


@strawberry.enum
class SessionKind(Enum):
    LEARN = "learn"
    DRILL = "drill"
    BUILD = "build"
    REVIEW = "review"


@strawberry.enum
class OfferKind(Enum):
    LATER_END = "later-end"
    MORE_MINUTES = "more-minutes"
    DROP_OPTIONAL = "drop-optional"


@strawberry.type
class Session:
    key: strawberry.ID = strawberry.field(description="What `moveSession` takes.")
    kind: SessionKind
    ref: str = strawberry.field(description="Id of the skill, slug of the lab; of reviews, the day.")
    title: str
    minutes: int
    part: int
    parts: int
    stage: int
    optional: bool
    done: bool
    wished: bool = strawberry.field(description="It stands where you moved it.")
    count: int = strawberry.field(description="Reviews that are still to do.")
    path: str = strawberry.field(description="Of the page where it is done.")


@strawberry.type
class Day:
    date: date
    available: int = strawberry.field(description="Minutes.")
    planned: int = strawberry.field(description="Minutes still to do.")
    sessions: list[Session] = strawberry.field(metadata={"size": 6})


@strawberry.type
class PlanWarning:
    kind: str
    text: str
    offers: list[OfferKind] = strawberry.field(description="Those that `takeOffer` takes.")


@strawberry.type
class Plan:
    end: date | None
    earliest_end: date | None
    latest_end: date | None
    minutes_left: int
    due: int = strawberry.field(description="Reviews that are due today.")
    warnings: list[PlanWarning]
    noun: strawberry.Private[model.Plan]

    @field("From a day on, by default from the first.")
    def days(self, since: date | None = None, first: int = 14) -> list[Day]:
        size = page_size(first)
        chosen = [day for day in self.noun.days if since is None or day.date >= since]
        return [day_of(day) for day in chosen[:size]]


def day_of(noun: model.Day) -> Day:
    sessions = [
        copied(Session, session, key=strawberry.ID(session.key), kind=SessionKind(session.kind))
        for session in noun.sessions
    ]
    return copied(Day, noun, sessions=sessions)


def plan_of(noun: model.Plan) -> Plan:
    earliest, latest = noun.end_range or (None, None)
    warnings = [
        PlanWarning(
            kind=warning.kind,
            text=warning.text,
            offers=[OfferKind(offer.kind) for offer in warning.offers if offer.possible],
        )
        for warning in noun.warnings
    ]
    return copied(Plan, noun, earliest_end=earliest, latest_end=latest, warnings=warnings, noun=noun)


async def _plan(info: Info) -> model.Plan:
    """Made once in an operation."""
    learner, ground = await the_learner(info), info.context.part(Ground)
    return await info.context.once("plan", lambda tx: actions.plan_for(tx, learner, *ground.parts, today=clock.today()))


@strawberry.type
class Query:
    @field("What today holds.", cost=HEAVY)
    async def today(self, info: Info) -> Day:
        return day_of(actions.day_of(await _plan(info), clock.today()))

    @field("What a day holds.", cost=HEAVY)
    async def day(self, info: Info, date: date) -> Day:
        return day_of(actions.day_of(await _plan(info), date))

    @field(cost=HEAVY)
    async def plan(self, info: Info) -> Plan:
        return plan_of(await _plan(info))


async def _changed(info: Info, change: Callable[[Connection, accounts.Learner, Ground], model.Plan]) -> Plan:
    learner, ground = await the_learner(info), info.context.part(Ground)
    return plan_of(await info.context.write(lambda tx: change(tx, learner, ground)))


@strawberry.type
class Mutation:
    @mutation("Move a session to a day, or keep it there.", cost=HEAVY)
    async def move_session(self, info: Info, session: strawberry.ID, day: date) -> Plan:
        return await _changed(
            info,
            lambda tx, learner, ground: actions.move(
                tx, learner, *ground.parts, str(session), day, today=clock.today()
            ),
        )

    @mutation("Let the plan decide about a session again.", cost=HEAVY)
    async def unmove_session(self, info: Info, session: strawberry.ID) -> Plan:
        return await _changed(
            info,
            lambda tx, learner, ground: actions.unmove(tx, learner, *ground.parts, str(session), today=clock.today()),
        )

    @mutation("Take a way out of a deadline that cannot be met.", cost=HEAVY)
    async def take_offer(self, info: Info, kind: OfferKind) -> Plan:
        wanted: model.OfferKind = kind.value
        return await _changed(
            info,
            lambda tx, learner, ground: actions.take_offer(tx, learner, *ground.parts, wanted, today=clock.today()),
        )

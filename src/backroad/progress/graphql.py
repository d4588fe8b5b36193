"""Evidence, standing and streaks over GraphQL."""

from datetime import date, datetime
from enum import Enum

import strawberry

from backroad.accounts.graphql import the_learner
from backroad.kit import clock
from backroad.kit.graphql.context import Info, copied, field, page_size, sized
from backroad.kit.paging import read_cursor, write_cursor
from backroad.progress import actions, model
from backroad.progress.streak import streak


@strawberry.enum
class Level(Enum):
    NEW = "new"
    LEARNING = "learning"
    PRACTISED = "practised"
    PROVEN = "proven"


@strawberry.enum
class Outcome(Enum):
    PASSED = "passed"
    FAILED = "failed"
    UNCLEAR = "unclear"


@strawberry.type(description="What evidence says of a skill.")
class Standing:
    skill: str
    level: Level
    fading: bool
    retrievability: float | None
    passed: int
    failed: int
    answered: int
    right: int
    last_at: datetime | None
    proven_by: list[str]
    failing: list[str]
    placed: bool


def standing_of(noun: model.Standing) -> Standing:
    lists = {"proven_by": list(noun.proven_by), "failing": list(noun.failing)}
    return copied(Standing, noun, level=Level(noun.level), **lists)


@strawberry.type(description="A line of the ledger: something you did, and what became of it.")
class Evidence:
    id: strawberry.ID
    skill: str
    source: str
    ref: str
    outcome: Outcome
    at: datetime
    seconds: float
    provenance: str


def evidence_of(noun: model.Evidence) -> Evidence:
    return copied(Evidence, noun, outcome=Outcome(noun.outcome))


@strawberry.type
class EvidencePage:
    items: list[Evidence] = strawberry.field(metadata={"size": 1})
    next_cursor: str | None


@strawberry.type
class ActiveDay:
    date: date
    seconds: float


@strawberry.type(description="Levels, streak and time in numbers.")
class Progress:
    learning: int
    practised: int
    proven: int
    streak: int = strawberry.field(description="Active days in a row, up to today.")
    longest_streak: int
    seconds: float = strawberry.field(description="Spent so far.")
    days: list[ActiveDay]


async def standings(info: Info) -> dict[str, model.Standing]:
    """Of every skill with evidence; read once in an operation."""
    learner = await the_learner(info)
    return await info.context.once("standings", lambda tx: actions.standings(tx, learner.id, clock.now()))


async def newest_of_skill(info: Info, skill: str, first: int) -> list[model.Evidence]:
    """Of many skills at once."""
    learner = await the_learner(info)
    size = page_size(first)
    return await info.context.many(
        ("evidence", size), skill, lambda tx, skills: actions.newest_by_skill(tx, learner.id, skills, size), []
    )


@strawberry.type
class Query:
    @field("The ledger, newest first.")
    async def evidence(
        self, info: Info, first: int = 20, after: str | None = None, skill: str | None = None
    ) -> EvidencePage:
        size, before = page_size(first), read_cursor(after)
        learner = await the_learner(info)
        found = await info.context.db.run(
            lambda tx: actions.newest_evidence(tx, learner.id, size + 1, before=before, skill=skill)
        )
        page = sized(found, size, lambda item: write_cursor(item.at, item.id))
        return EvidencePage(items=[evidence_of(item) for item in page.items], next_cursor=page.next_cursor)

    @field("Every skill with evidence, and how it stands now.", size=150)
    async def standings(self, info: Info) -> list[Standing]:
        found = await standings(info)
        return [standing_of(found[skill]) for skill in sorted(found)]

    @field()
    async def progress(self, info: Info) -> Progress:
        learner = await the_learner(info)
        active = await info.context.db.run(lambda tx: actions.days_active(tx, learner.id))
        levels = [standing.level for standing in (await standings(info)).values()]
        days = streak(active, clock.today(), learner.is_off)
        return Progress(
            learning=levels.count("learning"),
            practised=levels.count("practised"),
            proven=levels.count("proven"),
            streak=days.current,
            longest_streak=days.longest,
            seconds=sum(active.values()),
            days=[ActiveDay(date=day, seconds=seconds) for day, seconds in active.items()],
        )

"""Labs and runs over GraphQL, and a run as it goes on."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from enum import Enum

import strawberry
from strawberry.scalars import JSON

from backroad.accounts.graphql import the_learner
from backroad.kit import clock
from backroad.kit.graphql.context import Id, Info, copied, field, page_size, sized, subscription
from backroad.kit.paging import read_cursor, write_cursor
from backroad.labs import actions, model
from backroad.labs.library import LabLibrary
from backroad.labs.live import followed
from backroad.progress import actions as progress
from backroad.verifier.lab import Lab as LabNoun
from backroad.verifier.lab import Stage as StageNoun


@strawberry.enum
class RunState(Enum):
    RUNNING = "running"
    FINISHED = "finished"
    BROKEN = "broken"


@strawberry.type(description="How many checks ended so.")
class RunSummary:
    passed: int
    failed: int
    unclear: int
    not_run: int


@strawberry.type(description="What the verifier found when it judged your backend.")
class Run:
    id: strawberry.ID
    state: RunState
    seed: str
    whole: bool = strawberry.field(description="False when only some checks were asked for.")
    started_at: datetime
    ended_at: datetime | None
    said: str = strawberry.field(description="Why a broken run broke.")
    summary: RunSummary | None
    slug: strawberry.Private[str]
    kept: strawberry.Private[object]

    @field()
    def lab(self, info: Info) -> "Lab | None":
        """Null when the lab is no longer there."""
        labs = info.context.part(LabLibrary)
        return lab_of(labs.get(self.slug)) if self.slug in labs.slugs else None

    @field("The whole report (docs/report.md); null until the run has finished.")
    def report(self) -> JSON | None:
        return JSON(self.kept) if self.kept is not None else None


def run_of(noun: model.Run) -> Run:
    summary = RunSummary(**noun.summary) if noun.report else None
    own = {"state": RunState(noun.state), "summary": summary}
    return copied(Run, noun, slug=noun.lab, kept=noun.report, **own)


@strawberry.type
class RunPage:
    items: list[Run] = strawberry.field(metadata={"size": 1})
    next_cursor: str | None


@strawberry.type(description="One yes-or-no claim about a backend.")
class Check:
    id: strawberry.ID
    claim: str
    why: str
    fix: str
    proves: list[str] = strawberry.field(description="Ids of skills.")
    ref: strawberry.Private[str]

    @field("When it was last judged; null before.")
    async def verdict(self, info: Info) -> str | None:
        learner = await the_learner(info)
        found = await info.context.once("verdicts", lambda tx: progress.latest_checks(tx, learner.id))
        return found.get(self.ref)


@strawberry.type
class Stage:
    title: str
    about: str
    minutes: int
    checks: list[Check] = strawberry.field(metadata={"size": 8})


@strawberry.type(description="A backend to build.")
class Lab:
    slug: strawberry.ID
    title: str
    summary: str
    level: str
    minutes: int
    noun: strawberry.Private[LabNoun]

    @field(size=8)
    def stages(self) -> list[Stage]:
        return [_stage(self.noun, stage) for stage in self.noun.stages]

    @field("Yours of this lab, newest first.")
    async def runs(self, info: Info, first: int = 5) -> list[Run]:
        learner, size = await the_learner(info), page_size(first)
        nothing: list[model.Run] = []
        found = await info.context.many(
            ("runs", size), str(self.slug), lambda tx, labs: actions.newest_by_lab(tx, learner.id, labs, size), nothing
        )
        return [run_of(run) for run in found]


def _stage(lab: LabNoun, stage: StageNoun) -> Stage:
    checks = [
        Check(
            id=strawberry.ID(item.id),
            claim=item.check.claim,
            why=item.check.why,
            fix=item.check.fix,
            proves=list(item.proves),
            ref=f"{lab.slug}/{item.id}",
        )
        for item in stage.checks
    ]
    return Stage(title=stage.title, about=stage.about, minutes=round(stage.minutes), checks=checks)


def lab_of(noun: LabNoun) -> Lab:
    return copied(Lab, noun, minutes=round(noun.minutes), noun=noun)


@strawberry.type(description="What a run said, in order; at its end, its state and no event.")
class RunNews:
    number: int
    event: JSON | None = None
    state: RunState | None = None


@strawberry.type
class Query:
    @field(size=11)
    def labs(self, info: Info) -> list[Lab]:
        return [lab_of(lab) for lab in info.context.part(LabLibrary).all]

    @field()
    def lab(self, info: Info, slug: strawberry.ID) -> Lab:
        return lab_of(info.context.part(LabLibrary).get(str(slug)))

    @field("Yours, newest first.")
    async def runs(self, info: Info, first: int = 20, after: str | None = None, lab: str | None = None) -> RunPage:
        learner, size, before = await the_learner(info), page_size(first), read_cursor(after)
        found = await info.context.db.run(
            lambda tx: actions.newest_runs(tx, learner.id, size + 1, lab=lab, before=before)
        )
        page = sized(found, size, lambda run: write_cursor(run.started_at, run.id))
        return RunPage(items=[run_of(run) for run in page.items], next_cursor=page.next_cursor)

    @field()
    async def run(self, info: Info, run_id: Id) -> Run:
        learner = await the_learner(info)
        return run_of(await info.context.db.run(lambda tx: actions.get_run(tx, learner.id, str(run_id), clock.now())))


@strawberry.type
class Subscription:
    @subscription("A run as it goes on, from the event after number `after`.")
    async def run_live(self, info: Info, run_id: Id, after: int = 0) -> AsyncGenerator[RunNews, None]:
        learner, last = await the_learner(info), max(0, after)
        async with aclosing(followed(info.context.db, learner.id, str(run_id), last)) as told:
            async for news in told:
                if isinstance(news, str):
                    yield RunNews(number=last, state=RunState(news))
                else:
                    last = news.number
                    yield RunNews(number=last, event=JSON(news.event))

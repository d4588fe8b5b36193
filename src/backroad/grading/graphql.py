"""Submissions over GraphQL. Handing in is REST's: a submission is an archive, and GraphQL carries none."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum

import strawberry
from sqlalchemy import Connection

from backroad.accounts.graphql import the_learner
from backroad.grading import actions, model
from backroad.kit import clock
from backroad.kit.graphql.context import Id, Info, copied, field, mutation, page_size, sized
from backroad.kit.paging import read_cursor, write_cursor


@strawberry.enum
class SubmissionState(Enum):
    WAITING = "waiting"
    RUNNING = "running"
    GRADED = "graded"
    BROKEN = "broken"
    CANCELLED = "cancelled"


@strawberry.type(description="Seconds from now until the end.")
class Estimate:
    soonest: int
    latest: int


@strawberry.type(description="In the queue.")
class Place:
    number: int = strawberry.field(description="1 is next; 0 is running.")
    estimate: Estimate | None
    why: str = strawberry.field(description="Why there is no estimate.")


def _places(tx: Connection, items: Sequence[model.Submission]) -> Mapping[model.Submission, model.Place]:
    found = actions.places(tx, items)
    return {item: found[item.id] for item in items if item.id in found}


@strawberry.type(description="A folder that you handed in to be graded; POST /api/v1/submissions takes one.")
class Submission:
    id: strawberry.ID
    lab: strawberry.ID
    name: str = strawberry.field(description="Of the folder.")
    state: SubmissionState
    content: str = strawberry.field(description="SHA-256 of what was handed in.")
    asked_at: datetime
    ended_at: datetime | None
    said: str = strawberry.field(description="Why it ended without a report.")
    run: strawberry.ID | None = strawberry.field(description="Id of the run, from when it can be watched.")
    noun: strawberry.Private[model.Submission]

    @field("Null when it has ended.")
    async def place(self, info: Info) -> Place | None:
        nothing: model.Place | None = None
        found = await info.context.many("places", self.noun, _places, nothing)
        if found is None:
            return None
        return copied(Place, found, estimate=copied(Estimate, found.estimate) if found.estimate else None)


def submission_of(noun: model.Submission) -> Submission:
    return copied(Submission, noun, state=SubmissionState(noun.state), noun=noun)


@strawberry.type
class SubmissionPage:
    items: list[Submission] = strawberry.field(metadata={"size": 1})
    next_cursor: str | None


@strawberry.type
class Query:
    @field("Yours, newest first.")
    async def submissions(
        self, info: Info, first: int = 20, after: str | None = None, lab: str | None = None
    ) -> SubmissionPage:
        learner, size, before = await the_learner(info), page_size(first), read_cursor(after)
        found = await info.context.db.run(lambda tx: actions.newest(tx, learner.id, size + 1, lab=lab, before=before))
        page = sized(found, size, lambda one: write_cursor(one.asked_at, one.id))
        return SubmissionPage(items=[submission_of(one) for one in page.items], next_cursor=page.next_cursor)

    @field()
    async def submission(self, info: Info, submission_id: Id) -> Submission:
        learner = await the_learner(info)
        return submission_of(await info.context.db.run(lambda tx: actions.get(tx, learner.id, str(submission_id))))


@strawberry.type
class Mutation:
    @mutation("Stop waiting for it; also in the middle. A token needs the scope `submit` for it.", scope="submit")
    async def cancel_submission(self, info: Info, submission_id: Id) -> Submission:
        learner = await the_learner(info)
        return submission_of(
            await info.context.write(lambda tx: actions.cancel(tx, learner.id, str(submission_id), clock.now()))
        )

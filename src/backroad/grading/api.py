"""Submissions over REST."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromPath, Parameter

from backroad.accounts.model import Learner
from backroad.grading import actions
from backroad.grading.intake import take_in
from backroad.grading.model import MOST_UPLOADED, Place, State, Submission
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.http import problem_responses
from backroad.kit.paging import Cursor, Limit, Page, read_cursor, write_cursor
from backroad.labs.library import LabLibrary
from backroad.progress import Facts

GZIP = "application/gzip"
_AT_ONCE = asyncio.Semaphore(2)
"""Uploads that are looked through at the same moment: each may take some 100 MiB."""


class SubmissionEntry(msgspec.Struct):
    id: str
    lab: str
    name: str
    state: State
    content: str
    asked_at: datetime
    ended_at: datetime | None
    said: str
    run: str | None
    place: Place | None


def _entry(item: Submission, place: Place | None) -> SubmissionEntry:
    return SubmissionEntry(
        item.id, item.lab, item.name, item.state, item.content, item.asked_at, item.ended_at, item.said, item.run, place
    )


@dataclass
class _Upload(Operation):
    """What the document says of the body, which is no JSON."""

    def __post_init__(self) -> None:
        schema = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        self.request_body = RequestBody(
            content={GZIP: OpenAPIMediaType(schema=schema)}, required=True,
            description=f"A folder with backroad.toml as a tar archive, at most {MOST_UPLOADED >> 20} MiB.",
        )  # fmt: skip


@post(
    "/submissions",
    summary="Hand in a folder to be graded under supervision",
    description="`backroad submit` packs one: a tar archive of plain files, packed with gzip.",
    responses=problem_responses(400, 404, 409, 413, 415, 422, 429),
    request_max_body_size=MOST_UPLOADED + 1,
    operation_class=_Upload,
    opt={"scope": "submit"},
)
async def submit(
    request: Request[Any, Any, Any],
    learner: NamedDependency[Learner],
    labs: NamedDependency[LabLibrary],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
    name: Annotated[str, Parameter(max_length=200, description="What you call the folder.")] = "",
    lab: Annotated[str, Parameter(max_length=80, description="Which lab, where backroad.toml does not say.")] = "",
) -> Response[SubmissionEntry]:
    if request.content_type[0] not in (GZIP, "application/x-gzip"):
        hint = f"Send it with content-type: {GZIP}."
        raise Problem("The body must be a tar archive packed with gzip.", hint, status=415)
    async with _AT_ONCE:
        intake = await asyncio.to_thread(take_in, await request.body(), labs, lab)
    item, places = await db.run(
        lambda tx: _with_place(tx, actions.submit(tx, learner.id, intake, name=name, facts=facts, now=clock.now()))
    )
    return Response(_entry(item, places.get(item.id)), headers={"location": f"/api/v1/submissions/{item.id}"})


def _with_place(tx: Any, item: Submission) -> tuple[Submission, dict[str, Place]]:
    return item, actions.places(tx, [item])


@get("/submissions", summary="Your submissions, newest first", responses=problem_responses(400, 409))
async def list_submissions(
    learner: NamedDependency[Learner],
    db: NamedDependency[Database],
    limit: Limit = 20,
    cursor: Cursor = None,
    lab: Annotated[str | None, Parameter(description="Only submissions for this lab.")] = None,
) -> Page[SubmissionEntry]:
    before = read_cursor(cursor)

    def read(tx: Any) -> tuple[list[Submission], dict[str, Place]]:
        items = actions.newest(tx, learner.id, limit + 1, lab=lab, before=before)
        return items, actions.places(tx, items[:limit])

    items, places = await db.run(read)
    last = items[limit - 1] if len(items) > limit else None
    entries = [_entry(item, places.get(item.id)) for item in items[:limit]]
    return Page(entries, write_cursor(last.asked_at, last.id) if last else None)


@get("/submissions/{submission_id:str}", summary="One submission", responses=problem_responses(400, 404, 409))
async def read_submission(
    submission_id: FromPath[str], learner: NamedDependency[Learner], db: NamedDependency[Database]
) -> SubmissionEntry:
    item, places = await db.run(lambda tx: _with_place(tx, actions.get(tx, learner.id, submission_id)))
    return _entry(item, places.get(item.id))


@delete(
    "/submissions/{submission_id:str}",
    summary="Cancel a submission that waits or runs",
    responses=problem_responses(400, 404, 409),
    opt={"scope": "submit"},
)
async def cancel(
    submission_id: FromPath[str], learner: NamedDependency[Learner], db: NamedDependency[Database]
) -> None:
    await db.run(lambda tx: actions.cancel(tx, learner.id, submission_id, clock.now()))


ROUTER = Router("", route_handlers=[submit, list_submissions, read_submission, cancel], tags=["submissions"])

"""Runs over REST, and live over a WebSocket."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Router, WebSocket, get, websocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect
from litestar.params import FromPath, Parameter

from backroad.accounts.model import LOCAL, Learner
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import NotFound, Problem
from backroad.kit.http import problem_responses
from backroad.kit.paging import Cursor, Limit, Page, read_cursor, write_cursor
from backroad.labs import actions
from backroad.labs.library import LabLibrary
from backroad.labs.model import Run, RunEvent, RunState

TICK = 0.1
"""Seconds between two looks for new events."""


class RunEntry(msgspec.Struct):
    id: str
    lab: str
    state: RunState
    seed: str
    whole: bool
    started_at: datetime
    ended_at: datetime | None
    said: str
    summary: dict[str, int]


class RunWithReport(RunEntry):
    report: dict[str, Any] | None = None


class LabEntry(msgspec.Struct):
    slug: str
    title: str
    summary: str
    level: str
    minutes: int
    stages: list[str]
    checks: int


def _entry(run: Run) -> RunEntry:
    return RunEntry(
        run.id, run.lab, run.state, run.seed, run.whole, run.started_at, run.ended_at, run.said, run.summary
    )


@get("/labs", summary="The labs", sync_to_thread=False)
def list_labs(labs: NamedDependency[LabLibrary]) -> list[LabEntry]:
    return [
        LabEntry(
            lab.slug,
            lab.title,
            lab.summary,
            lab.level,
            round(lab.minutes),
            [stage.title for stage in lab.stages],
            len(lab.checks()),
        )
        for lab in labs.all
    ]


@get("/runs", summary="Your runs, newest first", responses=problem_responses(400, 409))
async def list_runs(
    learner: NamedDependency[Learner],
    db: NamedDependency[Database],
    limit: Limit = 20,
    cursor: Cursor = None,
    lab: Annotated[str | None, Parameter(description="Only runs of this lab.")] = None,
) -> Page[RunEntry]:
    before = read_cursor(cursor)
    runs = await db.run(lambda tx: actions.newest_runs(tx, learner.id, limit + 1, lab=lab, before=before))
    more = runs[limit - 1] if len(runs) > limit else None
    return Page([_entry(run) for run in runs[:limit]], write_cursor(more.started_at, more.id) if more else None)


@get("/runs/{run_id:str}", summary="One run with its report", responses=problem_responses(400, 404, 409))
async def read_run(
    run_id: FromPath[str], learner: NamedDependency[Learner], db: NamedDependency[Database]
) -> RunWithReport:
    run = await db.run(lambda tx: actions.get_run(tx, learner.id, run_id, clock.now()))
    return RunWithReport(**msgspec.structs.asdict(_entry(run)), report=run.report)


@get("/runs/{run_id:str}/events", summary="What a run said, in order", responses=problem_responses(400, 404, 409))
async def read_events(
    run_id: FromPath[str],
    learner: NamedDependency[Learner],
    db: NamedDependency[Database],
    after: Annotated[int, Parameter(ge=0, le=2**31 - 1)] = 0,
) -> list[RunEvent]:
    await db.run(lambda tx: actions.get_run(tx, learner.id, run_id, clock.now()))
    return await db.run(lambda tx: actions.events_after(tx, run_id, after))


@websocket("/runs/{run_id:str}/live")
async def live(socket: WebSocket[Any, Any, Any], run_id: FromPath[str], db: NamedDependency[Database]) -> None:
    """Sends each event as `{"number", "event"}`, then `{"state"}` once the run has ended, and closes."""
    await socket.accept()
    after = socket.query_params.get("after", "0")
    try:
        await _follow(socket, db, run_id, int(after) if after.isdecimal() and len(after) < 10 else 0)
    except (NotFound, Problem) as problem:
        await socket.close(code=4404, reason=str(problem)[:100])
    except WebSocketDisconnect:
        pass


def _look(db: Database, run_id: str, last: int) -> Any:
    """The run and what it said after event number `last`."""
    return db.run(lambda tx: (actions.get_run(tx, LOCAL, run_id, clock.now()), actions.events_after(tx, run_id, last)))


async def _follow(socket: WebSocket[Any, Any, Any], db: Database, run_id: str, last: int) -> None:
    gone = asyncio.ensure_future(socket.receive())  # nothing is expected from a watcher but that it leaves
    try:
        while not gone.done():
            run, events = await _look(db, run_id, last)
            for event in events:
                await socket.send_text(msgspec.json.encode(event).decode())
                last = event.number
            if run.state != "running" and not events:
                await socket.send_text(msgspec.json.encode({"state": run.state}).decode())
                await socket.close()
                return
            await asyncio.wait([gone], timeout=TICK)
    finally:
        gone.cancel()


ROUTER = Router("", route_handlers=[list_labs, list_runs, read_run, read_events, live], tags=["labs"])

"""Runs over REST, and live over a WebSocket."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Router, WebSocket, get, websocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect
from litestar.params import FromPath, Parameter, QueryParameter

from backroad.accounts.model import Learner
from backroad.identity.model import Person
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import NotFound, Problem
from backroad.kit.http import problem_responses
from backroad.kit.kept import KEPT
from backroad.kit.paging import Cursor, Limit, Page, read_cursor, write_cursor
from backroad.labs import actions
from backroad.labs.library import LabLibrary
from backroad.labs.live import followed
from backroad.labs.model import Run, RunEvent, RunState
from backroad.labs.view import lab_stages
from backroad.progress import actions as progress


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


def run_entry(run: Run) -> RunEntry:
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


class LabCheckEntry(msgspec.Struct):
    id: str
    claim: str
    why: str
    fix: str
    proves: list[str]
    """Ids of skills."""
    verdict: str | None
    """When it was last judged; null before."""


class LabStageEntry(msgspec.Struct):
    title: str
    about: str
    minutes: int
    checks: list[LabCheckEntry]


class LabAnswer(msgspec.Struct):
    slug: str
    title: str
    summary: str
    level: str
    minutes: int
    stages: list[LabStageEntry]
    brief: str
    """Markdown."""
    contract: str
    """OpenAPI, as YAML."""
    languages: list[str]
    """For which there is a starter."""


@get("/labs/{slug:str}", summary="One lab with its checks", responses=problem_responses(400, 404, 409))
async def read_lab(
    slug: FromPath[str],
    learner: NamedDependency[Learner],
    labs: NamedDependency[LabLibrary],
    db: NamedDependency[Database],
) -> LabAnswer:
    lab = labs.get(slug)
    verdicts = await db.run(lambda tx: progress.latest_checks(tx, learner.id))
    stages = [
        LabStageEntry(
            stage["title"],
            stage["about"],
            round(stage["minutes"]),
            [
                LabCheckEntry(**{**check, "proves": list(check["proves"]), "verdict": check["verdict"] or None})
                for check in stage["checks"]
            ],
        )
        for stage in lab_stages(lab, verdicts)
    ]
    brief, contract = ((lab.folder / name).read_text(encoding="utf-8") for name in ("brief.md", "contract.yaml"))
    languages = sorted(path.name for path in (lab.folder / "starters").glob("*") if path.is_dir())
    return LabAnswer(
        lab.slug, lab.title, lab.summary, lab.level, round(lab.minutes), stages, brief, contract, languages
    )


@get("/runs", summary="Your runs, newest first", responses=problem_responses(400, 409), opt=KEPT)
async def list_runs(
    learner: NamedDependency[Learner],
    db: NamedDependency[Database],
    limit: Limit = 20,
    cursor: Cursor = None,
    lab: Annotated[str | None, Parameter(description="Only runs of this lab.")] = None,
    run_state: Annotated[RunState | None, QueryParameter(name="state", description="Only runs in this state.")] = None,
) -> Page[RunEntry]:
    before = read_cursor(cursor)
    runs = await db.run(
        lambda tx: actions.newest_runs(tx, learner.id, limit + 1, lab=lab, state=run_state, before=before)
    )
    more = runs[limit - 1] if len(runs) > limit else None
    return Page([run_entry(run) for run in runs[:limit]], write_cursor(more.started_at, more.id) if more else None)


@get("/runs/{run_id:str}", summary="One run with its report", responses=problem_responses(400, 404, 409))
async def read_run(
    run_id: FromPath[str], learner: NamedDependency[Learner], db: NamedDependency[Database]
) -> RunWithReport:
    run = await db.run(lambda tx: actions.get_run(tx, learner.id, run_id, clock.now()))
    return RunWithReport(**msgspec.structs.asdict(run_entry(run)), report=run.report)


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
async def live(
    socket: WebSocket[Any, Any, Any],
    run_id: FromPath[str],
    person: NamedDependency[Person],
    db: NamedDependency[Database],
) -> None:
    """Sends each event as `{"number", "event"}`, then `{"state"}` once the run has ended, and closes."""
    await socket.accept()
    after = socket.query_params.get("after", "0")
    try:
        await _follow(socket, db, person.id, run_id, int(after) if after.isdecimal() and len(after) < 10 else 0)
    except (NotFound, Problem) as problem:
        await socket.close(code=4404, reason=str(problem)[:100])
    except WebSocketDisconnect:
        pass


async def _follow(socket: WebSocket[Any, Any, Any], db: Database, learner: str, run_id: str, last: int) -> None:
    """Until the run has ended or the watcher leaves; nothing else is expected from a watcher."""
    gone = asyncio.ensure_future(socket.receive())
    telling = asyncio.ensure_future(_tell(socket, followed(db, learner, run_id, last)))
    await asyncio.wait([gone, telling], return_when=asyncio.FIRST_COMPLETED)
    telling.cancel()
    gone.cancel()  # else Granian would wait for it before it closes
    await asyncio.wait([gone, telling])
    if not telling.cancelled():
        telling.result()
        await socket.close()


async def _tell(socket: WebSocket[Any, Any, Any], news: AsyncGenerator[RunEvent | RunState, None]) -> None:
    async with aclosing(news):
        async for one in news:
            told = one if isinstance(one, RunEvent) else {"state": one}
            await socket.send_text(msgspec.json.encode(told).decode())


ROUTER = Router("", route_handlers=[list_labs, read_lab, list_runs, read_run, read_events, live], tags=["labs"])

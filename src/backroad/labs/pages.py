"""Labs, one lab, and a run."""

import re
from typing import Any

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from backroad.accounts.model import Learner
from backroad.cohorts import comments
from backroad.cohorts.model import Comment
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import NotFound
from backroad.kit.highlight import render_code
from backroad.kit.markdown import render_lesson
from backroad.kit.pages import page
from backroad.labs import actions, store, view
from backroad.labs.catalogue import all_areas, catalogue
from backroad.labs.changes import one_before
from backroad.labs.library import LabLibrary
from backroad.labs.model import Run, RunEvent
from backroad.progress import actions as progress

RUNS_SHOWN = 20
LEVELS = ("beginner", "intermediate", "advanced")
COMPARED = 5  # runs back, to find one with a report


@get("/labs", include_in_schema=False)
async def labs_page(
    learner: NamedDependency[Learner], labs: NamedDependency[LabLibrary], db: NamedDependency[Database]
) -> Response[str]:
    runs, outcomes = await db.run(
        lambda tx: (
            actions.newest_runs(tx, learner.id, RUNS_SHOWN),
            progress.latest_checks(tx, learner.id),
        )
    )
    rows = []
    for lab in sorted(labs.all, key=lambda lab: (LEVELS.index(lab.level), lab.minutes)):
        stages = view.lab_stages(lab, outcomes)
        rows.append(
            {
                "slug": lab.slug,
                "title": lab.title,
                "summary": lab.summary,
                "level": lab.level,
                "minutes": lab.minutes,
                "stages": len(stages),
                "checks": len(lab.checks()),
                "skills": len({skill for item in lab.checks() for skill in item.proves}),
                "done": sum(stage["passed"] == len(stage["checks"]) for stage in stages),
            }
        )
    return page(
        "labs/labs.html", nav="labs", labs=rows, runs=[view.run_row(run, one_before(run, runs)) for run in runs]
    )


@get("/checks", include_in_schema=False, sync_to_thread=True)
def areas_page(labs: NamedDependency[LabLibrary]) -> Response[str]:
    areas = [
        {"name": area, "shared": found[0].shared, "count": len(found), "first": found[0].claim}
        for area, found in all_areas(labs).items()
    ]
    return page("labs/areas.html", nav="labs", areas=areas, count=len(catalogue(labs)))


@get("/checks/{area:str}", include_in_schema=False, sync_to_thread=True)
def checks_page(area: FromPath[str], labs: NamedDependency[LabLibrary]) -> Response[str]:
    areas = all_areas(labs)
    if area not in areas:
        raise NotFound(f"There are no checks called {area[:80]!r}.", "The page of all checks lists them.")
    checks = [msgspec.to_builtins(entry) for entry in areas[area]]
    return page("labs/checks.html", nav="labs", area=area, checks=checks)


@get("/labs/{slug:str}", include_in_schema=False)
async def lab_page(
    slug: FromPath[str],
    learner: NamedDependency[Learner],
    labs: NamedDependency[LabLibrary],
    db: NamedDependency[Database],
) -> Response[str]:
    lab = labs.get(slug)
    runs, outcomes, starts = await db.run(
        lambda tx: (
            actions.newest_runs(tx, learner.id, RUNS_SHOWN, lab=slug),
            progress.latest_checks(tx, learner.id),
            store.starts(tx, learner.id),
        )
    )
    starters = sorted(path.name for path in (lab.folder / "starters").glob("*") if path.is_dir())
    started = starts.get(slug)
    return page(
        "labs/lab.html",
        nav="labs",
        lab={name: getattr(lab, name) for name in ("slug", "title", "summary", "level", "minutes", "app")},
        language=learner.language if learner.language in starters else "python",
        starters=starters,
        started={"day": clock.local_day(started.at), "folder": started.folder} if started else None,
        stages=view.lab_stages(lab, outcomes),
        runs=[view.run_row(run, one_before(run, runs)) for run in runs],
        brief=render_lesson(_without_title((lab.folder / "brief.md").read_text(encoding="utf-8"))),
        contract=render_code((lab.folder / "contract.yaml").read_text(encoding="utf-8"), "yaml"),
    )


def _without_title(markdown: str) -> str:
    """The page has a title of its own."""
    return re.sub(r"\A# .*\n+", "", markdown)


async def _transcript(run_id: str, learner: Learner, db: Database) -> dict[str, Any]:
    def read(tx: Any) -> tuple[Run, list[RunEvent], list[Run], list[Comment]]:
        run = actions.get_run(tx, learner.id, run_id, clock.now())
        earlier = actions.newest_runs(tx, learner.id, COMPARED, lab=run.lab, before=(run.started_at, run.id))
        said = comments.of_run(tx, learner.id, run_id)
        if any(comment.seen_at is None for comment in said):
            comments.see(tx, learner.id, run_id, clock.now())
        return run, actions.events_after(tx, run_id, 0), earlier, said

    run, events, earlier, said = await db.run(read)
    since = view.since(run, one_before(run, earlier))
    return {**view.transcript(run, events), "since": since, "comments": comments.told(said), "reviewer": None}


@get("/runs/{run_id:str}", include_in_schema=False)
async def run_page(
    run_id: FromPath[str],
    learner: NamedDependency[Learner],
    labs: NamedDependency[LabLibrary],
    db: NamedDependency[Database],
) -> Response[str]:
    shown = await _transcript(run_id, learner, db)
    slug = shown["run"]["lab"]
    title = labs.get(slug).title if slug in labs.slugs else slug
    return page("labs/run.html", nav="labs", lab={"title": title}, **shown)


@get("/runs/{run_id:str}/transcript", include_in_schema=False)
async def run_transcript(
    run_id: FromPath[str], learner: NamedDependency[Learner], db: NamedDependency[Database]
) -> Response[str]:
    return page("labs/transcript.html", **await _transcript(run_id, learner, db))


ROUTES = (labs_page, areas_page, checks_page, lab_page, run_page, run_transcript)

"""Taking up a lab, and keeping what the verifier found."""

import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection

from backroad.kit.errors import NotFound, Problem
from backroad.kit.ids import new_id
from backroad.labs import store
from backroad.labs.model import LabStart, Run, RunEvent, RunState
from backroad.progress import Facts, NewEvidence
from backroad.progress import actions as progress
from backroad.progress.model import Provenance
from backroad.verifier.config import FILE, read_config
from backroad.verifier.lab import Lab

LEFT_BEHIND = (".git", "node_modules", ".venv", "venv", "__pycache__", "target", "vendor")
"""Not copied into the next lab: history, and what the tools of a language make again."""
LONGEST_STINT = timedelta(minutes=45)
"""Time between two runs that counts as building; a longer gap was a break."""
SILENT_AFTER = timedelta(minutes=10)
"""A run that has said nothing for so long was ended from outside."""


def scaffold(lab_dir: Path, language: str, folder: Path) -> list[str]:
    """Write brief, contract, backroad.toml and the language's starter into a new folder; return the files' names."""
    starter = lab_dir / "starters" / language
    if not starter.is_dir():
        known = ", ".join(sorted(path.name for path in (lab_dir / "starters").iterdir() if path.is_dir()))
        raise Problem(
            f"There is no {language[:40]!r} starter for {lab_dir.name}.",
            f"Choose one of: {known}; or build in any language from brief.md and contract.yaml alone.",
        )

    def fill(half: Path) -> None:
        shutil.copytree(starter, half, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("brief.md", "contract.yaml"):
            shutil.copyfile(lab_dir / name, half / name)

    return _whole_or_not_at_all(folder, fill)


def build_on(lab: Lab, finished: Path, folder: Path) -> list[str]:
    """A copy of a finished lab's folder in which the next lab is judged; return the files' names.

    The contract stays that of the finished lab; the new brief comes beside the old one.
    """
    app = read_config(finished).lab
    if not app:
        raise Problem(f"{finished / FILE} does not say which lab it is.", 'Add lab = "…" and prove it first.')
    if not lab.app or app == lab.slug:
        raise Problem(f"{lab.title} is not built on {app}.", "Leave out --app.")

    def fill(half: Path) -> None:
        shutil.copytree(finished, half, ignore=shutil.ignore_patterns(*LEFT_BEHIND), symlinks=True)
        shutil.copyfile(lab.folder / "brief.md", half / f"{lab.slug}.md")
        text = (finished / FILE).read_text(encoding="utf-8")
        named = re.sub(r"(?m)^lab\s*=.*$", f'lab = "{lab.slug}"\napp = "{app}"', text, count=1)
        (half / FILE).write_text(named, encoding="utf-8")

    return _whole_or_not_at_all(folder, fill)


def _whole_or_not_at_all(folder: Path, fill: Callable[[Path], None]) -> list[str]:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Problem(f"{folder} is there already and is not empty.", "Choose another folder with --into.")
    half = folder.with_name(f".{folder.name}.half")
    try:
        fill(half)
        half.replace(folder)
    except OSError as error:  # shutil.Error, of copytree, is one
        shutil.rmtree(half, ignore_errors=True)
        why = error.strerror or "a file cannot be copied"
        raise Problem(f"{folder} cannot be written: {why}.", "Choose another folder with --into.") from None
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def take_up(tx: Connection, start: LabStart) -> None:
    store.write_start(tx, start)


def begin_run(tx: Connection, learner: str, *, lab: str, folder: str, seed: str, whole: bool, now: datetime) -> Run:
    run = Run(new_id(), learner, lab, folder, seed, "running", now, whole=whole)
    store.write_run(tx, run)
    return run


def add_events(tx: Connection, run_id: str, events: Sequence[RunEvent]) -> None:
    store.add_events(tx, run_id, events)


def break_off(tx: Connection, run_id: str, said: str, now: datetime) -> None:
    """The verifier could not judge: nothing becomes evidence."""
    store.break_running(tx, run_id, said, now)


def finish_run(
    tx: Connection,
    run: Run,
    report: dict[str, Any],
    *,
    now: datetime,
    facts: Facts,
    provenance: Provenance = "self-run",
    detail: Mapping[str, Any] = {},
) -> Run:
    """Keep the report; every verdict becomes evidence, with this detail, for the skills that the check proves."""
    since = _began_building(tx, run)
    done = msgspec.structs.replace(run, state="finished", ended_at=now, report=report)
    store.write_run(tx, done)
    progress.record(tx, run.learner, _evidence(run, report, provenance, detail), now=now, facts=facts)
    if since is not None:
        seconds = min(now - since, LONGEST_STINT).total_seconds()
        progress.log_time(tx, run.learner, "build", run.lab, seconds, now)
    return done


def _began_building(tx: Connection, run: Run) -> datetime | None:
    """When the stint that this run ends began: at the run before it, or when the lab was taken up."""
    before = [earlier for earlier in store.newest_runs(tx, run.learner, 2, lab=run.lab) if earlier.id != run.id]
    start = store.starts(tx, run.learner).get(run.lab)
    moments = [earlier.ended_at for earlier in before if earlier.ended_at] + ([start.at] if start else [])
    return max(moments, default=None)


def _evidence(run: Run, report: dict[str, Any], provenance: Provenance, detail: Mapping[str, Any]) -> list[NewEvidence]:
    return [
        NewEvidence(
            skill=skill,
            source="check",
            ref=f"{run.lab}/{check['id']}",
            outcome=check["verdict"],
            seconds=check["seconds"],
            seed=run.seed,
            provenance=provenance,
            detail={"run": run.id, "lab": run.lab, **detail},
        )
        for stage in report["stages"]
        for check in stage["checks"]
        if check["verdict"] in ("passed", "failed", "unclear")
        for skill in check["proves"] or ("",)  # its stage counts as done only if every verdict is kept
    ]


def get_run(tx: Connection, learner: str, run_id: str, now: datetime) -> Run:
    run = store.read_run(tx, learner, run_id)
    if run is None:
        raise NotFound("There is no such run.")
    if run.state == "running" and now - run.started_at > SILENT_AFTER:
        break_off(tx, run.id, "The run was ended before it finished.", now)
        return msgspec.structs.replace(run, state="broken", said="The run was ended before it finished.", ended_at=now)
    return run


def newest_runs(tx: Connection, learner: str, most: int, **choice: Any) -> list[Run]:
    return store.newest_runs(tx, learner, most, **choice)


def newest_by_lab(tx: Connection, learner: str, labs: Sequence[str], most: int) -> dict[str, list[Run]]:
    return store.newest_by_lab(tx, learner, labs, most)


def events_after(tx: Connection, run_id: str, number: int) -> list[RunEvent]:
    return store.events_after(tx, run_id, number)


def news(tx: Connection, known: Mapping[str, int], now: datetime) -> dict[str, tuple[RunState, list[RunEvent]]]:
    """Of each run (id -> number of the last event known): its state, and what it has said since."""
    states = store.states(tx, known)
    for run_id, (state, started_at) in states.items():
        if state == "running" and now - started_at > SILENT_AFTER:
            break_off(tx, run_id, "The run was ended before it finished.", now)
            states[run_id] = ("broken", started_at)
    events = store.events_since(tx, known)
    return {run_id: (state, events.get(run_id, [])) for run_id, (state, _) in states.items()}

"""Runs a lab's checks against a target, in order, each on a fresh bench."""

import asyncio
import contextlib
import datetime
import resource
import secrets
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from backroad.verifier import events
from backroad.verifier.bench import LETTERS, Bench
from backroad.verifier.config import Config
from backroad.verifier.errors import StartFailed, VerifierError
from backroad.verifier.judge import Outcome, judge
from backroad.verifier.lab import Lab, LabCheck, load_lab
from backroad.verifier.report import CheckReport, Report, StageReport, Summary
from backroad.verifier.selection import select
from backroad.verifier.surroundings import Surroundings
from backroad.verifier.target import Target
from backroad.verifier.verdict import Verdict

OnEvent = Callable[[events.Event], None]
Result = TypeVar("Result")
OPEN_FILES = 8192
SEED_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def prove(
    lab: Lab | Path, config: Config, *, seed: str | None = None, only: Iterable[str] = (),
    on_event: OnEvent | None = None, debug: bool = False,
) -> Report:  # fmt: skip
    """Runs a lab against the learner's target; leaves no process behind, also on Ctrl-C and SIGTERM."""
    return run_to_end(run_lab(lab, config, seed=seed, only=only, on_event=on_event, debug=debug))


def prove_reference(
    lab: Lab | Path, *, seed: str | None = None, only: Iterable[str] = (), on_event: OnEvent | None = None,
    debug: bool = False,
) -> Report:  # fmt: skip
    """Runs a lab against a copy of its own reference backend."""
    return run_to_end(run_reference(lab, seed=seed, only=only, on_event=on_event, debug=debug))


async def run_reference(
    lab: Lab | Path, *, seed: str | None = None, only: Iterable[str] = (), on_event: OnEvent | None = None,
    debug: bool = False, prepare: Callable[[Path], None] | None = None, environ: Mapping[str, str] | None = None,
) -> Report:  # fmt: skip
    """`prepare` may change the copy before it starts; `environ` says where dependencies come from."""
    loaded = load_lab(lab) if isinstance(lab, Path) else lab
    with tempfile.TemporaryDirectory(prefix="backroad-reference-") as temp:
        copy = Path(temp) / "reference"
        shutil.copytree(loaded.folder / "reference", copy, ignore=shutil.ignore_patterns("__pycache__"))
        if prepare is not None:
            prepare(copy)
        config = loaded.reference_config(copy)
        return await run_lab(
            loaded, config, seed=seed, only=only, on_event=on_event, debug=debug, nonce="", environ=environ
        )


async def run_lab(
    lab: Lab | Path, config: Config, *, seed: str | None = None, only: Iterable[str] = (),
    on_event: OnEvent | None = None, debug: bool = False, nonce: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Report:  # fmt: skip
    """`nonce` goes into every word of the run; by default a random one, as the target may keep its data."""
    loaded = load_lab(lab) if isinstance(lab, Path) else lab
    chosen = select(loaded, only)
    target = Target.of(config)
    words = "".join(secrets.choice(LETTERS) for _ in range(4)) if nonce is None else nonce
    seed = read_seed(seed)
    around = Surroundings(loaded, target, seed=seed, environ=environ)
    run = Run(loaded, chosen, target, around, seed, words, on_event or ignore, debug)
    try:
        await around.open()
        await open_target(target, around)
        return await run.all()
    finally:
        try:
            await target.shut()
        finally:
            target.close()
            await around.close()


async def open_target(target: Target, around: Surroundings) -> None:
    """A target that does not start may miss what this machine could not give it: the sentence says so."""
    try:
        await target.open()
    except StartFailed as failed:
        missing = " ".join(str(reason) for reason in around.dependencies.missing.values())
        raise StartFailed(failed.sentence, hint=f"{failed.hint} {missing}".strip()) from None


class Run:
    def __init__(
        self, lab: Lab, chosen: dict[str, bool], target: Target, around: Surroundings, seed: str, nonce: str,
        emit: OnEvent, debug: bool,
    ) -> None:  # fmt: skip
        self.lab = lab
        self.chosen = chosen  # id -> asked for (else a prerequisite, reported only if it does not pass)
        self.target = target
        self.around = around
        self.seed = seed
        self.nonce = nonce
        self.emit = emit
        self.debug = debug
        self.done: dict[str, CheckReport] = {}
        self.gone = ""  # why no further check can run

    async def all(self) -> Report:
        began, started_at = time.perf_counter(), datetime.datetime.now(datetime.UTC)
        lab, target = self.lab, self.target
        self.emit(events.RunStarted(lab.slug, lab.title, target.base_url, target.command, self.seed, self.plan()))
        stages = []
        for stage in lab.stages:
            if any(item.id in self.chosen for item in stage.checks):
                reported = await self.stage(stage.number, stage.checks)
                if reported:
                    stages.append(StageReport(number=stage.number, title=stage.title, checks=reported))
        report = Report(
            lab=lab.slug, title=lab.title, target=target.base_url, command=target.command, seed=self.seed,
            started_at=started_at.isoformat(timespec="seconds"), seconds=round(time.perf_counter() - began, 3),
            stages=tuple(stages),
        )  # fmt: skip
        self.emit(events.RunFinished(report))
        return report

    def plan(self) -> tuple[events.StagePlan, ...]:
        plans = (
            events.StagePlan(
                stage.number, stage.title, tuple(item.id for item in stage.checks if self.chosen.get(item.id))
            )
            for stage in self.lab.stages
        )
        return tuple(plan for plan in plans if plan.checks)

    async def stage(self, number: int, checks: Iterable[LabCheck]) -> tuple[CheckReport, ...]:
        began = time.perf_counter()
        chosen = [item for item in checks if item.id in self.chosen]
        if any(self.chosen[item.id] for item in chosen):
            self.emit(events.StageStarted(number))
        reports = []
        for item in chosen:
            asked = self.chosen[item.id]
            if asked:
                self.emit(events.CheckStarted(number, item.id, item.check.claim))
            report = self.done[item.id] = await self.one(item)
            if asked or report.verdict is not Verdict.PASSED:
                reports.append(report)
                self.emit(events.CheckFinished(number, report))
        if reports:
            self.emit(events.StageFinished(number, Summary.of(reports), round(time.perf_counter() - began, 3)))
        return tuple(reports)

    async def one(self, item: LabCheck) -> CheckReport:
        began = time.perf_counter()
        reason = self.obstacle(item)
        outcome = Outcome(Verdict.NOT_RUN, reason) if reason else await self.judge(item)
        return CheckReport(
            id=item.id, claim=item.check.claim, verdict=outcome.verdict, proves=item.proves, reason=outcome.reason,
            seconds=round(time.perf_counter() - began, 3), finding=outcome.finding, plots=outcome.plots,
        )  # fmt: skip

    def obstacle(self, item: LabCheck) -> str:
        """Why a check cannot run; names the first cause, not the last link of a chain."""
        if self.gone:
            return self.gone
        if item.check.control and not self.target.controllable:
            return "needs to stop and start the target, which was given as a URL"
        for need in item.check.needs:
            report = self.done.get(need)
            if report is None or report.verdict is Verdict.PASSED:
                continue
            if report.verdict is Verdict.NOT_RUN:
                return report.reason
            return f"needs {need}, which {'failed' if report.verdict is Verdict.FAILED else 'is unclear'}"
        return ""

    async def judge(self, item: LabCheck) -> Outcome:
        bench = Bench(
            target=self.target, check_id=item.id, seed=self.seed, nonce=self.nonce, make_driver=self.lab.make_driver,
            on_line=lambda text: self.emit(events.CheckNoted(item.id, text)), surroundings=self.around,
        )  # fmt: skip
        outcome = await judge(item.check, bench, debug=self.debug)
        self.around.restore()
        await self.revive(item.id)
        return outcome

    async def revive(self, after: str) -> None:
        """The next check finds the target running, whatever the last one did to it."""
        target = self.target
        if not target.controllable:
            if await target.down():
                self.gone = f"nothing answers at {target.base_url} any more"
            return
        target.resume_now()
        if target.wanted_up and target.exit_code is None and not await target.down():
            await self.mend(after)
            return
        if target.wanted_up and not await target.down():
            return  # a start command that put its server into the background and ended
        reason = "it had ended by itself" if target.wanted_up else "the check left it stopped"
        try:
            await target.restart()
            self.emit(events.TargetRestarted(after, reason))
        except StartFailed as error:
            self.gone = f"the target could not be started again: {error.sentence}"

    async def mend(self, after: str) -> None:
        """The same for single processes of it."""
        try:
            for reason in await self.target.parts.mend():
                self.emit(events.TargetRestarted(after, reason))
        except StartFailed as error:
            self.gone = f"the target could not be started again: {error.sentence}"


def ignore(event: events.Event) -> None:
    pass


def read_seed(seed: str | None) -> str:
    if seed is None:
        return "".join(secrets.choice(SEED_LETTERS) for _ in range(4))
    if not seed.isascii() or not seed.isalnum() or len(seed) > 16:
        raise VerifierError(f'The seed "{seed}" is not 1 to 16 letters and digits.')
    return seed.upper()


def run_to_end(work: Coroutine[Any, Any, Result]) -> Result:
    """A uvloop of its own. SIGTERM and SIGHUP end the work like Ctrl-C does, so that targets are stopped."""
    import uvloop

    async def guarded() -> Result:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        caught: list[signal.Signals] = []

        def end(number: signal.Signals) -> None:
            caught.append(number)
            task.cancel()

        numbers = (signal.SIGTERM, signal.SIGHUP) if threading.current_thread() is threading.main_thread() else ()
        for number in numbers:
            loop.add_signal_handler(number, end, number)
        try:
            return await work
        except asyncio.CancelledError:
            if caught:
                raise SystemExit(128 + caught[0]) from None
            raise
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    allow_connections()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(guarded())


def allow_connections() -> None:
    """A thousand connections need more open files than many systems grant at first; the target inherits the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # some systems have a lower limit than they say
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

"""Same seed, same verdicts: runs a reference many times and reports every outcome that differs."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from backroad.verifier.dependencies.kept import kept
from backroad.verifier.lab import Lab, load_lab
from backroad.verifier.report import Report
from backroad.verifier.run import read_seed, run_reference, run_to_end
from backroad.verifier.verdict import Verdict


class Difference(msgspec.Struct, frozen=True):
    run: int  # from 1
    id: str
    verdict: Verdict
    usual: Verdict
    reason: str = ""  # or what was found


class FlakyReport(msgspec.Struct, frozen=True, kw_only=True):
    lab: str
    seed: str
    runs: int
    identical: bool
    all_passed: bool
    differences: tuple[Difference, ...]
    seconds: tuple[float, ...]  # of each run

    def to_json(self) -> bytes:
        return msgspec.json.format(msgspec.json.encode(self))


def run_flaky(
    lab: Lab | Path, *, runs: int, seed: str | None = None, only: Iterable[str] = (), jobs: int = 1,
    on_run: Callable[[int, Report], None] | None = None,
) -> FlakyReport:  # fmt: skip
    """Runs the reference `runs` times with one seed."""
    loaded = load_lab(lab) if isinstance(lab, Path) else lab
    return run_to_end(repeat(loaded, runs, read_seed(seed), tuple(only), jobs, on_run))


async def repeat(
    lab: Lab, runs: int, seed: str, only: tuple[str, ...], jobs: int, on_run: Callable[[int, Report], None] | None
) -> FlakyReport:
    turn = asyncio.Semaphore(max(1, jobs))

    async def one(number: int) -> Report:
        async with turn:
            report = await run_reference(lab, seed=seed, only=only, environ=environ)
        if on_run is not None:
            on_run(number, report)
        return report

    async with kept(lab.dependencies) as environ:
        reports = await asyncio.gather(*(one(number) for number in range(1, runs + 1)))
    differences = compare(reports)
    return FlakyReport(
        lab=lab.slug,
        seed=seed,
        runs=runs,
        identical=not differences,
        all_passed=all(verdict is Verdict.PASSED for report in reports for _, verdict in report.outcomes),
        differences=differences,
        seconds=tuple(report.seconds for report in reports),
    )


def compare(reports: list[Report]) -> tuple[Difference, ...]:
    """Against the most frequent verdict of each check."""
    verdicts: dict[str, Counter[Verdict]] = {}
    for report in reports:
        for check_id, verdict in report.outcomes:
            verdicts.setdefault(check_id, Counter())[verdict] += 1
    usual = {check_id: counter.most_common(1)[0][0] for check_id, counter in verdicts.items()}
    found = []
    for number, report in enumerate(reports, 1):
        for check in report.checks():
            if check.verdict is not usual[check.id]:
                reason = check.reason or (check.finding.got if check.finding else "")
                found.append(Difference(number, check.id, check.verdict, usual[check.id], reason))
    return tuple(found)

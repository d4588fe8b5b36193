"""A schema fuzzer and Backroad on the same flawed backends, side by side: what each finds, and how long it takes.

    python bench/against_fuzzer.py [--json] [--labs shortener …] [--only FLAW …] [--limit N] [--most SECONDS]

The fuzzer is the command line of schemathesis with all its checks, its own settings, the lab's contract and valid
credentials. It runs on the unchanged reference too: a flaw counts as found by it when it reports a kind of failure for
an operation that it did not report there. A flaw counts as found by Backroad when one of the checks that name it fails.
Exits with 1 when Backroad finds less than three times as much as the fuzzer, or is slower.
"""

import argparse
import asyncio
import hashlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from backroad.verifier.bench import Bench
from backroad.verifier.errors import VerifierError
from backroad.verifier.flaws import FlawFile, apply, read_flaw
from backroad.verifier.lab import Lab, load_lab
from backroad.verifier.run import run_reference, run_to_end
from backroad.verifier.surroundings import Surroundings
from backroad.verifier.target import Target
from backroad.verifier.verdict import Verdict

LABS = Path(__file__).parents[1] / "labs"
SEED = "G01D"
TIMES = 3.0  # as much as the fuzzer
Failures = frozenset[tuple[str, str]]  # kind of failure, operation


class Row(msgspec.Struct, kw_only=True):
    lab: str
    flaw: str
    fuzzer: bool = False
    fuzzer_seconds: float = 0
    fuzzer_found: list[str] = []
    backroad: bool = False
    backroad_seconds: float = 0
    backroad_found: list[str] = []


async def compare(lab: Lab, files: list[FlawFile], most: int, told: Callable[[Row], None]) -> list[Row]:
    usual, _ = await fuzz(lab, None, most)
    rows = []
    for file in files:
        found, seconds = await fuzz(lab, file, most)
        new = found - usual
        began = time.perf_counter()
        report = await run_reference(lab, seed=SEED, prepare=lambda copy, file=file: apply(file, copy))
        failed = [check.id for check in report.checks() if check.verdict is Verdict.FAILED]
        rows.append(
            Row(
                lab=lab.slug,
                flaw=file.name,
                fuzzer=bool(new),
                fuzzer_seconds=round(seconds, 1),
                fuzzer_found=sorted(f"{kind}: {operation}" for kind, operation in new),
                backroad=bool(set(failed) & set(file.caught_by)),
                backroad_seconds=round(time.perf_counter() - began, 1),
                backroad_found=failed,
            )
        )
        told(rows[-1])
    return rows


async def fuzz(lab: Lab, file: FlawFile | None, most: int) -> tuple[Failures, float]:
    """The failures of one run on a copy of the reference, and its seconds without the start of the server."""
    with tempfile.TemporaryDirectory(prefix="backroad-fuzzed-") as temp:
        copy = Path(temp) / "reference"
        shutil.copytree(lab.folder / "reference", copy, ignore=shutil.ignore_patterns("__pycache__"))
        if file is not None:
            apply(file, copy)
        target = Target.of(lab.reference_config(copy))
        around = Surroundings(lab, target, seed=SEED)
        try:
            await around.open()
            await target.open()
            headers = await credentials(lab, target, around)
            began = time.perf_counter()
            found = await schemathesis(lab, target.base_url, headers, Path(temp) / "report.json", most)
            return found, time.perf_counter() - began
        finally:
            try:
                await target.shut()
            finally:
                target.close()
                await around.close()


async def credentials(lab: Lab, target: Target, around: Surroundings) -> dict[str, str]:
    bench = Bench(target=target, check_id="bench", seed=SEED, make_driver=lab.make_driver, surroundings=around)
    try:
        return dict((await bench.driver.person()).credentials)
    except Exception:
        return {}  # this flaw lets nobody in
    finally:
        bench.close()


async def schemathesis(lab: Lab, url: str, headers: dict[str, str], report: Path, most: int) -> Failures:
    words = [
        sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()",
        "run", str(lab.folder / "contract.yaml"), "--url", url, "--checks", "all", "--seed", "1", "--no-color",
        "--continue-on-failure", "--report", "json", "--report-json-path", str(report),
    ]  # fmt: skip
    for name, value in headers.items():
        words += ["-H", f"{name}: {value}"]
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*words, cwd=report.parent, stdout=quiet, stderr=quiet)
    try:
        async with asyncio.timeout(most):
            await process.wait()
    except TimeoutError:
        process.terminate()  # it writes its report when it is told to stop
        await process.wait()
    return read_failures(report)


def read_failures(report: Path) -> Failures:
    try:
        data: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return frozenset()
    return frozenset((one["title"], operation) for one in data["failures"] for operation in one["operations"])


def chosen(lab: Lab, only: list[str], limit: int) -> list[FlawFile]:
    """With a limit, a sample that is the same each time."""
    flaws = [flaw for flaw in lab.flaws() if not only or flaw.name in only]
    if limit:
        flaws = sorted(flaws, key=lambda flaw: hashlib.sha256(flaw.name.encode()).digest())[:limit]
    return sorted((read_flaw(flaw, lab) for flaw in flaws), key=lambda file: file.name)


def summary(rows: list[Row]) -> dict[str, Any]:
    fuzzer, ours = sum(row.fuzzer for row in rows), sum(row.backroad for row in rows)
    times = sum(row.fuzzer_seconds for row in rows), sum(row.backroad_seconds for row in rows)
    return {
        "flaws": len(rows),
        "fuzzer": {"found": fuzzer, "share": round(fuzzer / len(rows), 3), "seconds": round(times[0], 1)},
        "backroad": {"found": ours, "share": round(ours / len(rows), 3), "seconds": round(times[1], 1)},
        "times_as_much": round(ours / fuzzer, 2) if fuzzer else None,
        "passed": ours >= TIMES * fuzzer and times[1] <= times[0],
    }


def line(row: Row) -> str:
    def side(found: bool, seconds: float) -> str:
        return f"{'found' if found else '-':<6}{seconds:>6.1f} s"

    ours = side(row.backroad, row.backroad_seconds)
    return f"{row.lab:<12}{row.flaw:<44}{side(row.fuzzer, row.fuzzer_seconds)}   {ours}"


def main() -> int:
    parser = argparse.ArgumentParser(description="A schema fuzzer and Backroad on the same flawed backends.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--labs", nargs="*", default=["shortener"])
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--limit", type=int, default=0, help="a sample of so many flaws of each lab")
    parser.add_argument("--most", type=int, default=180, help="seconds for one run of the fuzzer")
    asked = parser.parse_args()

    def told(row: Row) -> None:
        if not asked.json:
            print(line(row), flush=True)

    rows: list[Row] = []
    try:
        labs = [load_lab(LABS / slug) for slug in asked.labs]
        if not asked.json:
            print(f"{'lab':<12}{'flaw':<44}{'schemathesis':<17}Backroad")
        for lab in labs:
            rows += run_to_end(compare(lab, chosen(lab, asked.only, asked.limit), asked.most, told))
    except VerifierError as error:
        print(f"against_fuzzer: {error}", file=sys.stderr)
        return 2
    if not rows:
        print("against_fuzzer: no flaw of that name.", file=sys.stderr)
        return 2
    total = summary(rows)
    if asked.json:
        print(json.dumps({**total, "rows": msgspec.to_builtins(rows)}, indent=2))
    else:
        for name in ("fuzzer", "backroad"):
            side = total[name]
            print(f"{name:<10}{side['found']} of {total['flaws']} ({side['share']:.0%}) in {side['seconds']:.0f} s")
    return 0 if total["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())

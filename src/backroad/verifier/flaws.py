"""The checks are checked: every flaw of a lab against all its checks."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from backroad.verifier.dependencies.kept import kept
from backroad.verifier.errors import StartFailed, VerifierError
from backroad.verifier.lab import Flaw, Lab, load_lab
from backroad.verifier.report import Report
from backroad.verifier.run import run_reference, run_to_end
from backroad.verifier.toml_table import Table
from backroad.verifier.verdict import Verdict

Result = TypeVar("Result")
GOLDEN_SEED = "G01D"
REFERENCE = "reference"  # the name under which the unchanged reference is listed


class Edit(msgspec.Struct, frozen=True):
    file: str
    old: str
    new: str


class FlawFile(msgspec.Struct, frozen=True):
    name: str
    title: str
    why: str
    caught_by: tuple[str, ...]
    edits: tuple[Edit, ...]
    path: Path


class FlawDetail(msgspec.Struct, frozen=True, kw_only=True):
    flaw: str
    title: str
    caught_by: tuple[str, ...]  # what must fail
    failed: tuple[str, ...]  # what did
    missed: tuple[str, ...]
    false_findings: tuple[str, ...]
    unclear: tuple[str, ...]
    seconds: float


class FlawReport(msgspec.Struct, frozen=True, kw_only=True):
    """The first detail is the unchanged reference: whatever fails there is a false finding."""

    lab: str
    flaws: int
    caught: int
    missed: tuple[str, ...]  # names of flaws that some check in their caught_by let pass
    false_findings: int
    details: tuple[FlawDetail, ...]
    uncovered: tuple[str, ...]  # checks that no flaw is caught by; of all flaws only
    reports: dict[str, Report]  # per flaw; not part of the JSON

    @property
    def clean(self) -> bool:
        """Every flaw is caught, nothing was found that is not there, and every check could judge."""
        unclear = any(detail.unclear for detail in self.details)
        return not (self.missed or self.false_findings or self.uncovered or unclear)

    def to_json(self) -> bytes:
        fields = {name: getattr(self, name) for name in self.__struct_fields__ if name != "reports"}
        return msgspec.json.format(msgspec.json.encode(fields))


def run_flaws(
    lab: Lab | Path, *, only: Iterable[str] = (), jobs: int = 1, seed: str = GOLDEN_SEED, narrow: bool = False,
    on_result: Callable[[FlawDetail], None] | None = None,
) -> FlawReport:  # fmt: skip
    """Runs all checks against the reference and against each flaw, `jobs` at a time; `only` names flaws.

    With `narrow`, a flaw meets only the checks that must catch it, and what those need: several times quicker, and
    blind to checks that a flaw fools.
    """
    loaded = load_lab(lab) if isinstance(lab, Path) else lab
    return run_to_end(walk(loaded, tuple(only), jobs, seed, narrow, on_result))


async def walk(
    lab: Lab, only: tuple[str, ...], jobs: int, seed: str, narrow: bool,
    on_result: Callable[[FlawDetail], None] | None,
) -> FlawReport:  # fmt: skip
    files = [read_flaw(flaw, lab) for flaw in choose(lab, only)]
    for file in files:
        if len({edit.file for edit in file.edits}) == len(file.edits):  # else one edit may make the next one's old text
            apply(file, lab.folder / "reference", dry=True)
    turn = asyncio.Semaphore(max(1, jobs))

    async def one(file: FlawFile | None) -> tuple[FlawDetail, Report]:
        async with turn:
            report = await run_flaw(lab, file, seed, narrow, environ)
        detail = compare(file, report)
        if on_result is not None:
            on_result(detail)
        return detail, report

    async with kept(lab.dependencies) as environ, asyncio.TaskGroup() as group:
        tasks = [group.create_task(guard(one(file))) for file in (None, *files)]
    results = []
    for task in tasks:
        result = task.result()
        if isinstance(result, VerifierError):
            raise result
        results.append(result)
    covered = {check_id for file in files for check_id in file.caught_by}
    return summarise(lab, results, () if only else tuple(c.id for c in lab.checks() if c.id not in covered))


async def guard(work: Awaitable[Result]) -> Result | VerifierError:
    """A sentence for the person instead of a group of exceptions."""
    try:
        return await work
    except VerifierError as error:
        return error


def choose(lab: Lab, only: tuple[str, ...]) -> list[Flaw]:
    flaws = lab.flaws()
    names = {flaw.name for flaw in flaws}
    for name in only:
        if name not in names:
            there = ", ".join(sorted(names))
            raise VerifierError(f'{lab.folder / "flaws"}: there is no flaw "{name}".', hint=f"There are {there}.")
    return [flaw for flaw in flaws if not only or flaw.name in only]


def read_flaw(flaw: Flaw, lab: Lab) -> FlawFile:
    table = Table.read(flaw.path)
    edits = []
    for edit in table.tables("edit"):
        edits.append(Edit(edit.text("file"), edit.text("old"), edit.text("new", "")))
        edit.finish()
    caught_by = table.texts("caught_by")
    file = FlawFile(flaw.name, table.text("title"), table.text("why"), caught_by, tuple(edits), flaw.path)
    table.finish()
    known = {check.id for check in lab.checks()}
    for check_id in caught_by:
        if check_id not in known:
            raise table.error("caught_by", f'names "{check_id}", which is no check of {lab.slug}')
    if not caught_by or not edits:
        raise table.error("edit" if caught_by else "caught_by", "is missing")
    return file


def apply(file: FlawFile, copy: Path, *, dry: bool = False) -> None:
    """Edit a copy of the reference; the old text must be there exactly once. `dry` only looks."""
    for edit in file.edits:
        path = copy / edit.file
        if not path.resolve().is_relative_to(copy.resolve()) or not path.is_file():
            raise VerifierError(f"{file.path}: the reference has no file {edit.file}.")
        text = path.read_text(encoding="utf-8")
        times = text.count(edit.old)
        if times != 1:
            first = edit.old.strip().splitlines()[0] if edit.old.strip() else ""
            raise VerifierError(f'{file.path}: old occurs {times} times in {edit.file}, not once: "{first}".')
        if not dry:
            path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")


async def run_flaw(lab: Lab, file: FlawFile | None, seed: str, narrow: bool, environ: Mapping[str, str]) -> Report:
    try:
        if file is None:
            return await run_reference(lab, seed=seed, environ=environ)
        only = file.caught_by if narrow else ()
        return await run_reference(lab, seed=seed, only=only, environ=environ, prepare=lambda copy: apply(file, copy))
    except StartFailed as error:
        where = file.path if file is not None else lab.folder / "reference"
        raise VerifierError(f"{where}: the reference does not start: {error.sentence}") from None


def compare(file: FlawFile | None, report: Report) -> FlawDetail:
    failed = tuple(check.id for check in report.checks() if check.verdict is Verdict.FAILED)
    caught_by = file.caught_by if file is not None else ()
    return FlawDetail(
        flaw=file.name if file is not None else REFERENCE,
        title=file.title if file is not None else "The unchanged reference",
        caught_by=caught_by,
        failed=failed,
        missed=tuple(check_id for check_id in caught_by if check_id not in failed),
        false_findings=tuple(check_id for check_id in failed if check_id not in caught_by),
        unclear=tuple(check.id for check in report.checks() if check.verdict is Verdict.UNCLEAR),
        seconds=report.seconds,
    )


def summarise(lab: Lab, results: list[tuple[FlawDetail, Report]], uncovered: tuple[str, ...]) -> FlawReport:
    details = tuple(detail for detail, _ in results)
    missed = tuple(detail.flaw for detail in details if detail.missed)
    return FlawReport(
        lab=lab.slug,
        flaws=len(details) - 1,
        caught=len(details) - 1 - len(missed),
        missed=missed,
        false_findings=sum(len(detail.false_findings) for detail in details),
        details=details,
        uncovered=uncovered,
        reports={detail.flaw: report for detail, report in results},
    )


def matrix(report: FlawReport) -> str:
    """Flaws down, checks across: `x` caught, `o` missed, `!` false finding, `?` unclear."""
    named = ((*detail.caught_by, *detail.failed, *detail.unclear) for detail in report.details)
    ids = sorted({check_id for group in named for check_id in group})
    width = max((len(detail.flaw) for detail in report.details), default=0)
    lines = [f"{number:>3}  {check_id}" for number, check_id in enumerate(ids, 1)]
    lines += ["", " " * width + "".join(f"{number:>4}" for number in range(1, len(ids) + 1))]
    for detail in report.details:
        lines.append(detail.flaw.ljust(width) + "".join(f"{sign(detail, check_id):>4}" for check_id in ids))
    share = f"{report.caught / report.flaws:.0%}" if report.flaws else "none"
    lines += ["", f"{report.caught} of {report.flaws} flaws caught ({share}), {report.false_findings} false findings"]
    if report.uncovered:
        lines.append(f"without a flaw: {', '.join(report.uncovered)}")
    return "\n".join(lines)


def sign(detail: FlawDetail, check_id: str) -> str:
    if check_id in detail.missed:
        return "o"
    if check_id in detail.false_findings:
        return "!"
    if check_id in detail.unclear:
        return "?"
    return "x" if check_id in detail.caught_by else "·"

"""The lab of an API: every shared check whose hooks and assumptions are there, and for the others why they are not."""

import functools
from pathlib import Path

import msgspec

from backroad.verifier.answer import Answer, LostAnswer
from backroad.verifier.bench import Bench
from backroad.verifier.check_file import Check
from backroad.verifier.config import Server
from backroad.verifier.dependencies.sources import Unavailable
from backroad.verifier.errors import StartFailed, VerifierError
from backroad.verifier.lab import Lab, LabCheck, Stage, shared_checks
from backroad.verifier.openapi.available import BEYOND, missing_hooks
from backroad.verifier.openapi.document import Document
from backroad.verifier.openapi.document_driver import DocumentDriver
from backroad.verifier.openapi.driver import OpenApiDriver
from backroad.verifier.openapi.facts import FACTS, Subject
from backroad.verifier.openapi.hints import Hints
from backroad.verifier.openapi.hooks import hooks_of, uses
from backroad.verifier.openapi.identities import identify
from backroad.verifier.openapi.promised import Promised
from backroad.verifier.openapi.resources import CHOSEN, Passed, Resource, find
from backroad.verifier.promises import Unpromised, in_force
from backroad.verifier.verdict import Failed

SLUG = "openapi"
BASICS = "It works"
AREAS = {
    "openapi": "It is what its document says", "http": "HTTP", "access": "Access", "data": "Data", "lists": "Lists",
    "races": "Races", "limits": "Limits", "abuse": "Abuse", "durability": "Durability", "speed": "Speed",
}  # fmt: skip


class Inferred(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out before anything was sent."""

    document: Document
    subject: Subject | None  # None: nothing to work on
    others: tuple[Resource, ...]
    passed: tuple[Passed, ...]
    skipped: dict[str, str]  # check -> why it is not run
    hints: Hints


def infer(document: Document, hints: Hints) -> Inferred:
    resources, passed = find(document, hints)
    if hints.collection and not any(one.score > CHOSEN / 2 for one in resources):
        there = ", ".join(one.path for one in resources) or "none"
        raise VerifierError(
            f"[openapi] collection names {hints.collection}, which is no collection.", hint=f"There are: {there}."
        )
    best = resources[0] if resources else None
    subject = Subject(document, best, identify(document, best.operations, hints), hints) if best else None
    skipped = {check.id: reason for check in all_checks() if (reason := why_not(check, subject, hints))}
    return Inferred(
        document=document,
        subject=subject,
        others=tuple(resources[1:]),
        passed=tuple(passed),
        skipped=skipped,
        hints=hints,
    )


@functools.cache
def all_checks() -> tuple[Check, ...]:
    """The shared checks, those that others need first."""
    found = shared_checks()
    ordered: dict[str, Check] = {}

    def put(check: Check) -> None:
        for need in check.needs:
            if need in found and need not in ordered:
                put(found[need])
        ordered.setdefault(check.id, check)

    for check in found.values():
        put(check)
    return tuple(ordered.values())


def why_not(check: Check, subject: Subject | None, hints: Hints) -> str:
    """Why it cannot be run on this API; empty if it can."""
    if any(check.id == one or check.id.startswith(one.rstrip(".") + ".") for one in hints.skip):
        return "left out by [openapi] skip"
    hooks = hooks_of(check.path)
    elsewhere = check.id.partition(".")[0] not in AREAS and (not hooks or subject is None)
    if elsewhere or uses(check.path, ".dependency(") or uses(check.path, ".standin("):
        return BEYOND
    if subject is None:
        if not hooks and check.assumes in ((), ("a document",)):
            return ""
        return "no collection was found: a path with GET and POST, and one with GET for a single thing below it"
    for assumption in check.assumes:
        fact = FACTS.get(assumption)
        missing = f"assumes {assumption}" if fact is None else fact(subject)
        if missing:
            return missing
    return missing_hooks(hooks, subject)


def make_lab(inferred: Inferred, folder: Path) -> Lab:
    """Stages: first what others need, then by area. Checks that cannot run are in it, and say why."""
    runner = Runner(inferred)
    checks = all_checks()
    running = [check for check in checks if check.id not in inferred.skipped]
    needed = {need for check in running for need in check.needs}
    groups: dict[str, list[Check]] = {BASICS: []}
    groups |= {area: [] for area in AREAS}
    for check in checks:
        reason = inferred.skipped.get(check.id)
        own = BASICS if check.id in needed and not reason else check.id.partition(".")[0]
        if reason != BEYOND:
            groups.setdefault(own, []).append(check)
    stages: list[Stage] = []
    for area, members in groups.items():
        if members:
            number = len(stages) + 1
            items = tuple(LabCheck(runner.wrapped(check), (), number) for check in members)
            title = AREAS.get(area, area.capitalize())
            stages.append(Stage(number=number, title=title, minutes=0, about="", checks=items))
    subject = inferred.subject
    return Lab(
        slug=SLUG,
        title=inferred.document.title,
        summary="",
        level="",
        minutes=0,
        requires=(),
        reference=Server(),
        stages=tuple(stages),
        folder=folder,
        make_driver=lambda bench: (
            OpenApiDriver(bench, subject)
            if subject is not None
            else DocumentDriver(bench, inferred.document, inferred.hints)
        ),
    )


class Runner:
    """Runs checks under what the document promises. It keeps who failed, so that one cause is told once."""

    def __init__(self, inferred: Inferred) -> None:
        self.inferred = inferred
        self.failed: dict[str, str] = {}
        self.needs = {check.id: check.needs for check in all_checks()}

    def wrapped(self, check: Check) -> Check:
        reason = self.inferred.skipped.get(check.id, "")

        async def run(bench: Bench) -> None:
            if reason:
                raise Unavailable(reason)
            await self.run(check, bench)

        return msgspec.structs.replace(check, run=run, needs=(), control=check.control and not reason)

    async def run(self, check: Check, bench: Bench) -> None:
        cause = next((need for need in self.prerequisites(check.id) if need in self.failed), "")
        if cause:
            raise Unavailable(f"needs {cause}, which {self.failed[cause]}")
        if uses(check.path, ".data_dir") and not any((bench.target.data_dir or Path("/nowhere")).glob("*")):
            raise Unavailable("the server keeps nothing in DATA_DIR, where this check looks")
        promised = self.promised(bench)
        token = in_force.set(promised)
        self.failed[check.id] = "is unclear"
        try:
            await check.run(bench)
        except Failed as failed:
            self.failed[check.id] = "failed"
            self.review(check, promised, failed)
            raise
        except (LostAnswer, StartFailed):
            self.failed[check.id] = "failed"
            raise
        except (Unpromised, Unavailable, NotImplementedError) as unpromised:
            del self.failed[check.id]
            raise Unavailable(str(unpromised) or "asks the driver for something that no document tells") from None
        finally:
            in_force.reset(token)
        self.failed.pop(check.id, None)

    def review(self, check: Check, promised: Promised | None, failed: Failed) -> None:
        try:
            if promised is not None:
                promised.review(failed)
        except Unpromised as unpromised:
            del self.failed[check.id]
            raise Unavailable(str(unpromised)) from None

    def prerequisites(self, check_id: str) -> list[str]:
        """Of checks that could not run, their own."""
        found: list[str] = []
        for need in self.needs.get(check_id, ()):
            found += [need, *self.prerequisites(need)]
        return found

    def promised(self, bench: Bench) -> Promised | None:
        subject = self.inferred.subject
        if subject is None:
            return None

        def path_of(answer: Answer) -> str:
            return str(bench.driver.path_of(answer))

        return Promised(subject.document, subject.resource.create, path_of)

"""What a run found, check by check."""

from collections.abc import Iterable, Iterator

import msgspec

from backroad.verifier.verdict import Finding, Verdict


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    claim: str
    verdict: Verdict
    seconds: float
    proves: tuple[str, ...] = ()
    reason: str = ""  # why it is unclear or was not run
    finding: Finding | None = None
    plots: tuple[str, ...] = ()  # HTML figures of the loads it made


class Summary(msgspec.Struct, frozen=True):
    passed: int = 0
    failed: int = 0
    unclear: int = 0
    not_run: int = 0

    @classmethod
    def of(cls, checks: Iterable[CheckReport]) -> "Summary":
        verdicts = [check.verdict for check in checks]
        return cls(*(verdicts.count(verdict) for verdict in Verdict))


class StageReport(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    title: str
    checks: tuple[CheckReport, ...]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    lab: str
    title: str
    target: str  # base URL
    command: str  # what started it, or the URL
    seed: str
    started_at: str  # ISO 8601, UTC
    seconds: float
    stages: tuple[StageReport, ...]

    def checks(self) -> Iterator[CheckReport]:
        for stage in self.stages:
            yield from stage.checks

    @property
    def summary(self) -> Summary:
        return Summary.of(self.checks())

    @property
    def outcomes(self) -> list[tuple[str, Verdict]]:
        return [(check.id, check.verdict) for check in self.checks()]

    @property
    def exit_code(self) -> int:
        """0 nothing failed, 1 something failed, 2 could not judge (something unclear, or nothing passed)."""
        summary = self.summary
        if summary.failed:
            return 1
        return 2 if summary.unclear or not summary.passed else 0

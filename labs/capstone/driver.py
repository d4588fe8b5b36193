"""How the checks use a backend in production; what it does for people is told by the driver of the lab it finished."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backroad.verifier.commands import Ended
from backroad.verifier.driver import Collection, Thing
from backroad.verifier.drivers.operations import OperatedOnDatabase
from backroad.verifier.report import CheckReport
from backroad.verifier.repository import run_repository
from backroad.verifier.target import Target
from backroad.verifier.verdict import Failed, Verdict
from backroad.verifier.wording import excerpt, seconds


class Driver(OperatedOnDatabase):
    duration = "http_request_duration_seconds"  # a histogram

    @property
    def collection(self) -> Collection:  # type: ignore[override]
        """Of an app that keeps nothing for anybody there is none."""
        raise NotImplementedError

    def wrong_settings(self) -> Mapping[str, Mapping[str, str]]:
        """DATABASE_URL, for who keeps something; the other settings of apps have no common names."""
        assert self.collection  # or there is nothing to keep, and none
        return super().wrong_settings()

    def kept(self, thing: Thing) -> dict[str, Any]:
        """What of a thing is the same wherever it is shown: without what holds the server's own address."""
        own = self.bench.target.netloc
        return {name: value for name, value in thing.fields.items() if own not in str(value)}

    async def command(self, target: Target, name: str, file: Path | None = None) -> Ended:
        if name not in target.server.commands:
            raise Failed(expected=f"a {name} command under [server.commands] in backroad.toml", got="none")
        return await target.run_command(name, file=file)

    async def succeeds(self, target: Target, name: str, file: Path | None = None) -> None:
        ended = await self.command(target, name, file)
        if ended.exit_code != 0:
            how = "still running" if ended.exit_code is None else f"exit status {ended.exit_code}"
            got = f"{how} after {seconds(ended.seconds)}: {excerpt(last_line(ended.output))}"
            raise Failed(sent=f"the {name} command", expected="exit status 0", got=got)

    def judge_files(self, what: str, *rules: str) -> None:
        """The rules whose names begin like this hold for the target's folder, and there is something to judge."""
        reports = run_repository(self.bench.target.folder, only=[f"repository.{rule}" for rule in rules])
        if all(report.verdict is Verdict.NOT_RUN for report in reports):
            raise Failed(sent="the folder of backroad.toml", expected=what, got="none")
        broken = [report for report in reports if report.verdict is Verdict.FAILED]
        if broken:
            raise as_failed(broken)
        for report in reports:
            if report.verdict is Verdict.UNCLEAR:
                self.bench.unclear(f"{report.id}: {report.reason}")


def as_failed(broken: list[CheckReport]) -> Failed:
    """One finding of several rules: each with its places."""
    findings = [(report.id, report.finding) for report in broken if report.finding is not None]
    lines = [f"{line} ({rule})" for rule, finding in findings for line in finding.got.splitlines()]
    return Failed(
        sent=", ".join(dict.fromkeys(finding.sent for _, finding in findings)),
        expected="; ".join(finding.expected for _, finding in findings),
        got="\n".join(lines),
    )


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it wrote nothing"

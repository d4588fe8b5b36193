"""The report as SARIF 2.1.0 (OASIS), for code scanning: findings at a line of the contract or of the folder's files.

Failed checks are results. What is unclear or was not run is told in the notifications of the invocation, since viewers
take every result for a finding.
"""

import hashlib
import posixpath
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import msgspec

from backroad import __version__
from backroad.verifier.report import CheckReport, Report
from backroad.verifier.reports.contract_lines import ContractLines
from backroad.verifier.repository.rule_file import AREA
from backroad.verifier.repository.sight import sights_of
from backroad.verifier.verdict import Finding, Verdict
from backroad.verifier.wording import clean, excerpt

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LINK = re.compile(r"\[(?=[^\[\]]{0,500}\]\()")
PLACEHOLDER = re.compile(r"\{(\d+)\}")
LONGEST = 2000  # characters of one part of a message


class Explained(Protocol):
    """A Check or a Rule."""

    @property
    def id(self) -> str: ...
    @property
    def claim(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def fix(self) -> str: ...


def to_sarif(
    report: Report, *, checks: Iterable[Explained] = (), contract: Path | None = None, folder: str = "",
    contract_name: str = "contract.yaml",
) -> str:  # fmt: skip
    """`checks` explain themselves, also those that passed. `contract` is the file that is read for its lines;
    `contract_name` is what it is called in the learner's folder, and `folder` where that is in the repository."""
    return msgspec.json.format(
        msgspec.json.encode(
            {
                "$schema": SCHEMA,
                "version": "2.1.0",
                "runs": [Log(report, checks, contract, folder, contract_name).run()],
            }
        )
    ).decode()


class Log:
    def __init__(
        self, report: Report, checks: Iterable[Explained], contract: Path | None, folder: str, contract_name: str
    ) -> None:
        self.report = report
        self.checks = list(report.checks())
        self.explained = {check.id: check for check in checks}
        self.index = {check.id: at for at, check in enumerate(self.checks)}
        self.contract = ContractLines.read(contract) if contract else ContractLines([])
        self.contract_name = contract_name if contract else "backroad.toml"
        below = posixpath.normpath(folder or ".").strip("/")
        self.folder = "" if below == "." else f"{below}/"

    def run(self) -> dict[str, Any]:
        report = self.report
        return {
            "tool": {
                "driver": {
                    "name": "Backroad", "semanticVersion": __version__, "rules": [self.rule(one) for one in self.checks]
                }
            },
            "automationDetails": {"id": f"backroad/{clean(report.lab)}/"},
            "columnKind": "utf16CodeUnits",
            "invocations": [
                {
                    "executionSuccessful": not report.summary.unclear,
                    "toolExecutionNotifications": [self.notification(one) for one in self.checks if one.reason],
                }
            ],
            "results": [result for one in self.checks if one.finding for result in self.results(one, one.finding)],
            "properties": {
                "target": clean(report.target), "seed": clean(report.seed),
                "summary": msgspec.to_builtins(report.summary),
            },
        }  # fmt: skip

    def rule(self, check: CheckReport) -> dict[str, Any]:
        known = self.explained.get(check.id)
        why = known.why if known else check.finding.why if check.finding else ""
        fix = known.fix if known else check.finding.fix if check.finding else ""
        parts = [part for part in (why, f"Fix: {fix}" if fix else "", f"backroad explain {check.id}") if part]
        return {
            "id": check.id,
            "shortDescription": {"text": plain(check.claim)},
            "fullDescription": {"text": plain(why or check.claim)},
            "help": {"text": plain("\n\n".join(parts))},
            "defaultConfiguration": {"level": "error"},
            "properties": {"tags": list(dict.fromkeys([check.id.partition(".")[0], *check.proves]))},
        }

    def notification(self, check: CheckReport) -> dict[str, Any]:
        return {
            "level": "warning" if check.verdict is Verdict.UNCLEAR else "note",
            "message": {"text": plain(f"{check.id} is {check.verdict}: {check.reason}")},
            "associatedRule": {"id": check.id, "index": self.index[check.id]},
        }

    def results(self, check: CheckReport, finding: Finding) -> list[dict[str, Any]]:
        """One for each place in a file; one for a finding of a request."""
        sights = sights_of(finding) if check.id.startswith(f"{AREA}.") else []
        expected = f"expected: {finding.expected}"
        if not sights:
            operation, line = self.contract.find(finding)
            lines = [check.claim, f"sent: {finding.sent}", expected, f"got: {finding.got}", f"again: {finding.again}"]
            return [self.result(check, lines, self.contract_name, line, operation)]
        seen: dict[str, int] = {}
        results = []
        for sight in sights:
            same = f"{sight.path} {sight.got}"  # without the line: lines move
            seen[same] = seen.get(same, 0) + 1
            lines = [check.claim, expected, f"got: {sight.got}"]
            results.append(self.result(check, lines, sight.path, sight.line, f"{same} {seen[same]}"))
        return results

    def result(self, check: CheckReport, lines: list[str], path: str, line: int, same: str) -> dict[str, Any]:
        """`same` tells it from others of its check, and stays the same from run to run."""
        place = {
            "artifactLocation": {"uri": quote(clean(self.folder + path)), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": line},
        }
        return {
            "ruleId": check.id,
            "ruleIndex": self.index[check.id],
            "level": "error",
            "message": {"text": plain("\n".join(excerpt(text, LONGEST) for text in lines))},
            "locations": [{"physicalLocation": place}],
            "partialFingerprints": {"backroadFinding/v1": digest(f"{check.id} {same}")},
        }


def digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32]


def plain(text: str) -> str:
    """Text that no viewer takes for a link or a placeholder (SARIF 2.1.0, sections 3.11.5 and 3.11.6)."""
    return PLACEHOLDER.sub(r"{{\1}}", LINK.sub(r"\\[", clean(text)))

"""The report as JUnit XML, for CI: failed is a failure, unclear an error, not run is skipped."""

import re
from xml.sax.saxutils import escape, quoteattr

from backroad.verifier.report import CheckReport, Report, StageReport, Summary
from backroad.verifier.verdict import Finding, Verdict

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(report: Report) -> str:
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name={attribute(report.title)} {counts(report.summary)} time="{report.seconds:.3f}">',
        *(suite(report, stage) for stage in report.stages),
        "</testsuites>",
    ]
    return "\n".join(parts) + "\n"


def suite(report: Report, stage: StageReport) -> str:
    seconds = sum(check.seconds for check in stage.checks)
    head = (
        f"  <testsuite name={attribute(stage.title)} {counts(Summary.of(stage.checks))} "
        f'time="{seconds:.3f}" timestamp={attribute(report.started_at.split("+")[0])}>'
    )
    seed = f'    <properties><property name="seed" value={attribute(report.seed)}/></properties>'
    return "\n".join([head, seed, *(case(report, check) for check in stage.checks), "  </testsuite>"])


def case(report: Report, check: CheckReport) -> str:
    names = f"classname={attribute(report.lab)} name={attribute(check.id)}"
    head = f'    <testcase {names} time="{check.seconds:.3f}"'
    if check.verdict is Verdict.PASSED:
        return f"{head}/>"
    if check.verdict is Verdict.NOT_RUN:
        inner = f"<skipped message={attribute(check.reason)}/>"
    elif check.finding is None:
        inner = f"<error type={attribute(check.verdict)} message={attribute(check.reason)}/>"
    else:
        message = f"expected {check.finding.expected}, got {check.finding.got}"
        inner = f'<failure type="finding" message={attribute(message)}>{text(details(check, check.finding))}</failure>'
    return f"{head}>{inner}</testcase>"


def details(check: CheckReport, finding: Finding) -> str:
    rows = (
        ("sent", finding.sent), ("expected", finding.expected), ("got", finding.got), ("fix", finding.fix),
        ("again", finding.again), ("curl", finding.curl),
    )  # fmt: skip
    return "\n".join([check.claim, *(f"{name:<9} {value}" for name, value in rows if value)])


def counts(summary: Summary) -> str:
    total = summary.passed + summary.failed + summary.unclear + summary.not_run
    return f'tests="{total}" failures="{summary.failed}" errors="{summary.unclear}" skipped="{summary.not_run}"'


def text(value: str) -> str:
    """Escaped, without the characters that XML 1.0 cannot hold."""
    return escape(NOT_XML.sub("", value))


def attribute(value: str) -> str:
    return quoteattr(NOT_XML.sub("", str(value)), {"\n": "&#10;", "\t": "&#9;", "\r": "&#13;"})

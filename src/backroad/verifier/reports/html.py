"""The report as one HTML file that needs nothing else: no scripts, no fonts, no pictures."""

import html

from backroad.verifier.exchange import Exchange
from backroad.verifier.report import CheckReport, Report, StageReport
from backroad.verifier.reports.style import CSS
from backroad.verifier.verdict import Finding, Verdict
from backroad.verifier.wording import clean, seconds

MARKS = {Verdict.PASSED: "✓", Verdict.FAILED: "✗", Verdict.UNCLEAR: "?", Verdict.NOT_RUN: "–"}
CLASSES = {Verdict.PASSED: "passed", Verdict.FAILED: "failed", Verdict.UNCLEAR: "unclear", Verdict.NOT_RUN: "not-run"}
KEPT_EXCHANGES = 30


def to_html(report: Report) -> str:
    title = f"{report.title}: {'something failed' if report.summary.failed else 'report'}"
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{escape(title)}</title><style>{CSS}</style></head><body><main>",
            head(report),
            *(stage_section(stage) for stage in report.stages),
            "</main></body></html>\n",
        ]
    )


def escape(text: str) -> str:
    return html.escape(clean(text))


def head(report: Report) -> str:
    facts = (
        ("target", report.target), ("command", report.command), ("seed", report.seed), ("started", report.started_at),
        ("took", seconds(report.seconds)),
    )  # fmt: skip
    rows = "".join(f"<div><dt>{name}</dt><dd><code>{escape(value)}</code></dd></div>" for name, value in facts)
    summary = report.summary
    numbers = zip(Verdict, (summary.passed, summary.failed, summary.unclear, summary.not_run), strict=True)
    sums = " ".join(
        f'<span class="{CLASSES[verdict]}">{MARKS[verdict]} {number} {verdict}</span>' for verdict, number in numbers
    )
    return f'<h1>{escape(report.title)}</h1><p class="sums">{sums}</p><dl class="facts">{rows}</dl>'


def stage_section(stage: StageReport) -> str:
    checks = "\n".join(check_item(check) for check in stage.checks)
    return f"<section><h2>{stage.number} {escape(stage.title)}</h2>{checks}</section>"


def check_item(check: CheckReport) -> str:
    name = CLASSES[check.verdict]
    line = (
        f'<span class="mark {name}">{MARKS[check.verdict]}</span> <code>{escape(check.id)}</code> '
        f'<span class="word {name}">{check.verdict}</span> <span class="claim">{escape(check.claim)}</span>'
    )
    if check.finding is not None:
        return f"<details open><summary>{line}</summary>{finding_body(check, check.finding)}{plots(check)}</details>"
    reason = f'<p class="reason">{escape(check.reason)}</p>' if check.reason else ""
    if check.plots:
        return f"<details><summary>{line}</summary>{reason}{plots(check)}</details>"
    return f'<div class="check">{line}{reason}</div>'


def plots(check: CheckReport) -> str:
    """Made by load/plot.py, which escapes what the target said."""
    return "".join(check.plots)


def finding_body(check: CheckReport, finding: Finding) -> str:
    sides = "".join(
        f'<div class="{name}"><h3>{name}</h3><pre>{escape(text)}</pre></div>'
        for name, text in (("sent", finding.sent), ("expected", finding.expected), ("got", finding.got))
    )
    proves = (
        f"<p>Proves {', '.join(f'<code>{escape(skill)}</code>' for skill in check.proves)}</p>" if check.proves else ""
    )
    parts = [
        f'<div class="sides">{sides}</div>',
        paragraph("Why it matters", finding.why),
        paragraph("Fix", finding.fix),
        command("Again", finding.again),
        command("The request alone", finding.curl),
        proves,
        timeline(finding.exchanges),
        folded("Exchanges", [exchange_text(one) for one in finding.exchanges[-KEPT_EXCHANGES:]]),
        folded("Transcript", list(finding.log)),
        folded("What the server wrote", list(finding.server_log)),
    ]
    return "".join(parts)


def paragraph(title: str, text: str) -> str:
    body = "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n") if part)
    return f"<h3>{title}</h3>{body}" if body else ""


def command(title: str, text: str) -> str:
    return f'<h3>{title}</h3><pre class="command">{escape(text)}</pre>' if text else ""


def folded(title: str, lines: list[str]) -> str:
    if not lines:
        return ""
    return f'<details class="more"><summary>{title}</summary><pre>{escape(chr(10).join(lines))}</pre></details>'


def exchange_text(one: Exchange) -> str:
    """Both sides as they went over the wire; credentials were masked when the finding was made."""
    sent = f"{one.request_head}\n\n{one.request_body}".rstrip()
    back = (
        f"{one.response_head}\n\n{one.response_body}".rstrip()
        if one.status is not None
        else f"no answer: {one.no_answer}"
    )
    return f"# connection {one.lane}, at {one.started:.3f} s, took {seconds(one.seconds)}\n{sent}\n\n{back}\n"


def timeline(exchanges: tuple[Exchange, ...]) -> str:
    """Requests of a race as bars, a lane for each connection, with the same facts as text."""
    race = [one for one in exchanges if one.together]
    if len(race) < 2:
        return ""
    start = min(one.started for one in race)
    span = max(max(one.started + one.seconds for one in race) - start, 0.001)
    height = 16 * len(race)
    bars = []
    for row, one in enumerate(race):
        left, width = 560 * (one.started - start) / span, max(560 * one.seconds / span, 2)
        status = str(one.status or "no answer")
        bars.append(
            f'<rect x="{left:.1f}" y="{row * 16 + 3}" width="{width:.1f}" height="10" class="bar s{status[0]}"/>'
            f'<text x="{min(left + width + 6, 570):.1f}" y="{row * 16 + 12}">{status}, {seconds(one.seconds)}</text>'
        )
    label = f"{len(race)} requests released together; the slowest took {seconds(span)}"
    return (
        f'<h3>The race</h3><svg class="race" role="img" viewBox="0 0 680 {height}" width="680" height="{height}">'
        f"<title>{label}</title>{''.join(bars)}</svg>"
    )

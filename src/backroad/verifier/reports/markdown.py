"""The report as a comment on a pull request: GitHub and GitLab Markdown, at most 60 kB.

What a target or a file said must stay text. Outside of details it is written in entities, which no Markdown reads as
structure. Each finding is one line of HTML, which Markdown leaves alone, and what was sent and got stands in <pre> or
<code>, where nobody is mentioned and nothing is linked.
"""

import html

from backroad.verifier.report import CheckReport, Report, StageReport, Summary
from backroad.verifier.verdict import Finding, Verdict
from backroad.verifier.wording import clean, count, excerpt, seconds

LARGEST = 60_000  # bytes; GitHub takes 65,536 characters
SMALLEST = 200  # bytes of a finding
LONGEST = 1500  # characters of one text of a finding
MARKS = {Verdict.PASSED: "✓", Verdict.FAILED: "✗", Verdict.UNCLEAR: "?", Verdict.NOT_RUN: "–"}


def to_markdown(report: Report) -> str:
    parts = [head(report), stages(report)]
    left = LARGEST - 6000 - sum(map(size, parts))  # room for what is said of those left out
    rest: list[str] = []
    for verdict, render in ((Verdict.FAILED, failed), (Verdict.UNCLEAR, unclear)):
        for check in report.checks():
            if check.verdict is verdict:
                part = render(check) if left > SMALLEST else ""
                if not part or size(part) > left:
                    rest.append(check.id)
                    continue
                parts.append(part)
                left -= size(part)
    idle = not_run(report)
    if idle and size(idle) <= left:
        parts.append(idle)
    if rest:
        names = ", ".join(code(excerpt(name, 80)) for name in rest[:10])
        parts.append(f"{count(len(rest)).capitalize()} more did not fit here: {names}{' …' if len(rest) > 10 else ''}")
    return "\n\n".join(parts) + "\n"


def head(report: Report) -> str:
    summary = report.summary
    mark = MARKS[Verdict.FAILED if summary.failed else Verdict.PASSED if not report.exit_code else Verdict.UNCLEAR]
    facts = [("target", report.target), ("seed", report.seed), ("took", seconds(report.seconds))]
    told = " · ".join(f"{name} {code(excerpt(value, 200))}" for name, value in facts if value)
    return f"### {mark} {entities(excerpt(report.title, 120))}: {sums(summary)}\n\n{told}"


def sums(summary: Summary) -> str:
    numbers = zip(Verdict, (summary.passed, summary.failed, summary.unclear, summary.not_run), strict=True)
    return ", ".join(f"{number} {verdict}" for verdict, number in numbers if number) or "nothing ran"


def stages(report: Report) -> str:
    marks = " | ".join(f"{MARKS[verdict]} {verdict}" for verdict in Verdict)
    return "\n".join([f"| stage | {marks} |", "|---|--:|--:|--:|--:|", *map(stage_row, report.stages[:100])])


def stage_row(stage: StageReport) -> str:
    summary = Summary.of(stage.checks)
    numbers = (summary.passed, summary.failed, summary.unclear, summary.not_run)
    shown = " | ".join(str(number) if number else "" for number in numbers)
    return f"| {stage.number} {entities(excerpt(stage.title, 80))} | {shown} |"


def failed(check: CheckReport) -> str:
    """One line of HTML."""
    finding = check.finding
    assert finding is not None
    title = f"{MARKS[Verdict.FAILED]} {inner(check.id, 100)} {text(check.claim, 300)}"
    return f"<details><summary>{title}</summary>{rows(check, finding)}</details>"


def rows(check: CheckReport, finding: Finding) -> str:
    told = (("sent", finding.sent), ("expected", finding.expected), ("got", finding.got))
    commands = (("again", finding.again), ("the request alone", finding.curl), ("more", f"backroad explain {check.id}"))
    parts = [f"<p><b>{name}</b></p><pre>{pre(value)}</pre>" for name, value in told if value]
    parts += [f"<p><b>{name}</b> {text(value, LONGEST)}</p>" for name, value in (("fix", finding.fix),) if value]
    parts += [f"<p><b>{name}</b></p><pre>{pre(value)}</pre>" for name, value in commands if value]
    return "".join(parts)


def unclear(check: CheckReport) -> str:
    title = f"{MARKS[Verdict.UNCLEAR]} {inner(check.id, 100)} {text(check.claim, 300)}"
    return f"<details><summary>{title}</summary><pre>{pre(check.reason)}</pre></details>"


def not_run(report: Report) -> str:
    reasons: dict[str, list[str]] = {}
    for check in report.checks():
        if check.verdict is Verdict.NOT_RUN:
            reasons.setdefault(check.reason, []).append(check.id)
    if not reasons:
        return ""
    items = "".join(
        f"<li>{inner(reason, 300)}: {inner(', '.join(ids), 600)}</li>" for reason, ids in list(reasons.items())[:50]
    )
    number = sum(map(len, reasons.values()))
    return f"<details><summary>{MARKS[Verdict.NOT_RUN]} {number} not run</summary><ul>{items}</ul></details>"


def entities(value: str) -> str:
    """One line in which every sign is an entity, so that none of it is Markdown, HTML, a mention or a link."""
    flat = " ".join(clean(value).split())
    return "".join(char if char == " " or char.isalnum() else f"&#{ord(char)};" for char in flat).replace(
        "&#64;", "&#64;&#8203;"
    )


def code(value: str) -> str:
    return f"<code>{entities(value).replace('&#8203;', '')}</code>"


def inner(value: str, limit: int) -> str:
    """Code in a line of HTML."""
    return f"<code>{html.escape(excerpt(clean(value), limit))}</code>"


def text(value: str, limit: int) -> str:
    """Words of a check in a line of HTML."""
    return html.escape(excerpt(clean(value), limit)).replace("@", "@&#8203;")


def pre(value: str) -> str:
    """On one line: an empty one would end the HTML, and what follows would be Markdown."""
    whole = clean(value)
    cut = whole if len(whole) <= LONGEST else whole[: LONGEST - 2] + " …"
    lines = ["".join(char if char.isprintable() else " " for char in line) for line in cut.splitlines()]
    return "&#10;".join(html.escape(line) for line in lines)


def size(part: str) -> int:
    return len(part.encode()) + 2

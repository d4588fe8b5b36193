"""The findings of a flaw as text that is the same on every run: kept as golden files."""

import difflib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backroad.verifier.bench import LETTERS
from backroad.verifier.exchange import Exchange
from backroad.verifier.flaws import REFERENCE, FlawReport
from backroad.verifier.report import CheckReport, Report
from backroad.verifier.verdict import Finding, Verdict
from backroad.verifier.wording import WORDS

NUMBER = rf"(?:{'|'.join(WORDS)}|\d+)"
TALLY = re.compile(rf"\b{NUMBER} (?:\d{{3}}|without an answer)(?:, {NUMBER} (?:\d{{3}}|without an answer))*")
VOLATILE = (
    (re.compile(r"\b(?:127(?:\.\d+){3}|localhost|\[::1\]):\d+"), "HOST:PORT"),
    (re.compile(r"\bport \d+"), "port PORT"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "<token>"),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE), "<uuid>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]*(?= …)"), "<time>"),  # cut off
    (re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"), "<time>"),
    (re.compile(r"(?<!within )(?<![.\d])\d+(?:\.\d+)? (?:ms|s)\b"), "<seconds>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\b"), "<hex>"),
    (re.compile(r'(?<="seconds": )\d[\d.e-]*'), "<seconds>"),
    (re.compile(rf"\bx[{LETTERS}]{{7}}\b"), "<word>"),  # of several writers, which one failed first
    (re.compile(r"\b1[6-9]\d{8}(?:\.\d+|\d{3})?\b"), "<time>"),
    (re.compile(r"(?<=cursor=)[\w%-]+(?![\w%+-])"), "<cursor>"),
    (re.compile(r'(?<="code": ")\d{6}(?=")'), "<code>"),
    (re.compile(r"\b(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{22,}"), "<secret>"),
    (re.compile(r"--seed \w+"), "--seed SEED"),
    (re.compile(r"(?:/private)?/(?:tmp|var)/[\w./-]+"), "<path>"),
)  # fmt: skip
MANY = re.compile(r"\b\d{3,}(?= calls\b)")
MEASURED = re.compile(r"\b(\d+ of \d+ within) \d+(?:\.\d+)? (?:ms|s)\b")
MADE_BY_SERVER = re.compile(r"(?:^|_)(?:id|slug|code|key|token|etag|cursor|next)$", re.IGNORECASE)


def golden_text(title: str, report: Report) -> str:
    """Every check of a report that did not pass."""
    blocks = [title]
    for check in report.checks():
        if check.verdict is Verdict.FAILED:
            blocks.append(failed_text(check))
        elif check.verdict is not Verdict.PASSED:
            blocks.append(f"{check.verdict}: {check.id}\n  {normalise(check.reason)}")
    return "\n\n".join(blocks) + "\n"


def failed_text(check: CheckReport) -> str:
    finding = check.finding
    assert finding is not None
    made = sorted(made_by_server(finding), key=len, reverse=True)
    race = any(one.together for one in finding.exchanges)
    lines = [f"failed: {check.id}", f"  {check.claim}"]
    for name, text in (
        ("sent", finding.sent), ("expected", finding.expected), ("got", finding.got), ("again", finding.again),
        ("curl", finding.curl),
    ):  # fmt: skip
        shown = normalise(text, made)
        if name == "got":
            shown = MANY.sub("<n>", MEASURED.sub(r"\1 <seconds>", shown))
        if name == "got" and race:  # who wins, and how often, differs from run to run
            shown = re.sub(r"\b\d+\b", "<n>", TALLY.sub("<tally>", shown))
        lines.append(f"  {name:<9} " + shown.replace("\n", "\n" + " " * 12))
    return "\n".join(lines)


def normalise(text: str, made: list[str] | None = None) -> str:
    for value in made or ():
        text = re.sub(rf"(?<![\w-]){re.escape(value)}(?![\w-])", "<id>", text)
    for pattern, replacement in VOLATILE:
        text = pattern.sub(replacement, text)
    return text


def made_by_server(finding: Finding) -> set[str]:
    """Identifiers that the server chose: they differ from run to run. What the client sent first is not among them."""
    sent, made = "", set[str]()
    for one in finding.exchanges:
        sent += one.request_body
        made |= {value for value in identifiers(one) if len(value) >= 4 and (value in made or value not in sent)}
    return made


def identifiers(exchange: Exchange) -> Iterator[str]:
    for line in exchange.response_head.split("\n")[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "location" and (exchange.status or 0) < 300:  # a redirect leads to what was there before
            yield value.strip().rstrip("/").rpartition("/")[2]
        elif name.lower() == "etag":
            yield value.strip().removeprefix("W/").strip('"')
    try:
        document = json.loads(exchange.response_body)
    except ValueError:
        return
    yield from members(document)


def members(document: Any) -> Iterator[str]:
    if isinstance(document, list):
        for item in document:
            yield from members(item)
    elif isinstance(document, dict):
        for name, value in document.items():
            if isinstance(value, str) and MADE_BY_SERVER.search(name):
                yield value
            elif isinstance(value, list | dict):
                yield from members(value)


def golden_texts(report: FlawReport) -> dict[str, str]:
    """File name -> text, a file per flaw."""
    titles = {detail.flaw: detail.title for detail in report.details}
    return {
        f"{flaw}.txt": golden_text(titles[flaw], found) for flaw, found in report.reports.items() if flaw != REFERENCE
    }


def compare_golden(report: FlawReport, folder: Path) -> list[str]:
    """One unified diff per flaw whose findings are not what its golden file says."""
    differences = []
    for name, text in golden_texts(report).items():
        path = folder / name
        kept = path.read_text(encoding="utf-8") if path.is_file() else ""
        if kept != text:
            lines = difflib.unified_diff(kept.splitlines(), text.splitlines(), str(path), "this run", lineterm="")
            differences.append("\n".join(lines))
    return differences


def update_golden(report: FlawReport, folder: Path, *, all_flaws: bool = True) -> list[str]:
    """Write the golden files that changed and, with `all_flaws`, remove those of no flaw; returns their names."""
    texts = golden_texts(report)
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for name, text in texts.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(name)
    for path in folder.glob("*.txt") if all_flaws else ():
        if path.name not in texts:
            path.unlink()
            changed.append(path.name)
    return changed

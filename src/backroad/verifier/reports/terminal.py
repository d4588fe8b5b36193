"""The live report on a terminal, and the same words as plain lines where there is none.

with TerminalReport() as report:
    prove(lab, config, on_event=report)
"""

import re
import textwrap
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.text import Text

from backroad.verifier import events
from backroad.verifier.report import CheckReport, Report, Summary
from backroad.verifier.verdict import Finding, Verdict
from backroad.verifier.wording import excerpt, seconds

MARKS = {
    Verdict.PASSED: ("✓", "green"),
    Verdict.FAILED: ("✗", "bold red"),
    Verdict.UNCLEAR: ("?", "yellow"),
    Verdict.NOT_RUN: ("–", "dim"),
}
LABEL = 10
BROKEN = re.compile(r"^5\d\d\b|no answer|without an answer|process ended|exited|listened")  # then its log says more
WIDEST = 118


class StageLine:
    def __init__(self, plan: events.StagePlan) -> None:
        self.number = plan.number
        self.title = plan.title
        self.total = len(plan.checks)
        self.verdicts: list[Verdict] = []
        self.running = ""

    def text(self, width: int) -> Text:
        line = Text(f"  {self.number} {self.title:<{width}}  ")
        for verdict, (mark, style) in MARKS.items():
            number = self.verdicts.count(verdict)
            if number:
                line.append(f"{mark} {number}  ", style)
        if self.running:
            line.append(f"▸ {self.running}", "bold")
        line.rstrip()
        return line


class TerminalReport:
    """An `on_event` callback. Live when the console is a terminal, else a line per finished stage."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self.width = min(self.console.width, WIDEST)
        self._start: events.RunStarted | None = None
        self._stages: dict[int, StageLine] = {}
        self._claims: dict[str, str] = {}
        self._running_stage = 0
        self._live: Live | None = None

    def __enter__(self) -> "TerminalReport":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop_live()

    def __call__(self, event: events.Event) -> None:
        match event:
            case events.RunStarted():
                self._begin(event)
            case events.StageStarted(number):
                self._running_stage = number
            case events.CheckStarted(stage=stage, claim=claim):
                self._line(stage).running = excerpt(claim, 60)
            case events.CheckNoted(text=text):
                self._line(self._running_stage).running = f"{excerpt(text, 60)} …"
            case events.CheckFinished(stage=stage, check=check):
                line = self._line(stage)
                line.verdicts.append(check.verdict)
                line.running = ""
            case events.StageFinished(number=number) if self._live is None:
                self.console.print(self._line(number).text(self._title_width()), soft_wrap=True)
            case events.RunFinished(report=report):
                self._stop_live()
                print_findings(self.console, report, self.width)
        if self._live is not None:
            self._live.update(self._screen(), refresh=isinstance(event, events.StageStarted))

    def _begin(self, event: events.RunStarted) -> None:
        self._start = event
        self._stages = {plan.number: StageLine(plan) for plan in event.stages}
        if self.console.is_terminal:
            self._live = Live(self._screen(), console=self.console, refresh_per_second=12)
            self._live.start()
        else:
            self.console.print(self._header(), soft_wrap=True)

    def _line(self, number: int) -> StageLine:
        """A stage that was not asked for appears when one of its checks is the cause of what was."""
        if number not in self._stages:
            self._stages[number] = StageLine(events.StagePlan(number, "prerequisites", ()))
        return self._stages[number]

    def _title_width(self) -> int:
        return max((len(line.title) for line in self._stages.values()), default=0)

    def _header(self) -> Text:
        start = self._start
        assert start is not None
        header = Text()
        header.append(start.lab, "bold")
        command = "" if start.command == start.target else f"  {start.command}"
        header.append(f"  {start.target}{command}  seed {start.seed}")
        if self._running_stage and self._live is not None and self._running_stage in self._stages:
            place = f"stage {self._running_stage} of {max(self._stages)}"
            header.append(" " * max(2, self.width - len(header) - len(place)) + place, "dim")
        return header

    def _screen(self) -> Text:
        width = self._title_width()
        lines = [self._stages[number].text(width) for number in sorted(self._stages)]
        screen = Text("\n").join([self._header(), *lines])
        screen.no_wrap, screen.overflow = True, "ellipsis"
        return screen

    def _stop_live(self) -> None:
        if self._live is not None:
            live, self._live = self._live, None
            live.update(self._screen(), refresh=True)
            live.stop()


def print_findings(console: Console, report: Report, width: int) -> None:
    """Every failed check with its finding, then what is unclear and what was not run, then the sum."""
    for check in report.checks():
        if check.finding is not None:
            console.print()
            console.print(finding_text(check, check.finding, width), soft_wrap=True)
    unclear = [check for check in report.checks() if check.verdict is Verdict.UNCLEAR]
    if unclear:
        console.print()
    for check in unclear:
        console.print(Text.assemble(("? ", "yellow"), check.id, f"  {check.reason}"), soft_wrap=True)
    for reason, ids in not_run(report).items():
        console.print()
        line = Text.assemble(("– ", "dim"), f"{len(ids)} not run: {reason}")
        console.print(line, soft_wrap=True)
        console.print(Text(wrap(", ".join(ids), width, 2), "dim"), soft_wrap=True)
    console.print()
    console.print(sum_text(report.summary, report.seconds), soft_wrap=True)


def finding_text(check: CheckReport, finding: Finding, width: int) -> Text:
    text = Text()
    text.append(f"✗ {check.id}", "bold red")
    if check.proves:
        proves = f"proves {', '.join(check.proves)}"
        text.append(" " * max(2, width - len(text) - len(proves)) + proves, "dim")
    text.append("\n  " + wrap(check.claim, width, 2).lstrip() + "\n", "bold")
    rows = (
        ("sent", finding.sent), ("expected", finding.expected), ("got", finding.got), ("fix", finding.fix),
        ("again", finding.again), ("curl", finding.curl), ("more", f"backroad explain {check.id}"),
    )  # fmt: skip
    commands = ("again", "curl", "more")
    for name, value in rows:
        if value:
            shown = value if name in commands else wrap(value, width, LABEL + 2).lstrip()
            text.append(f"  {name:<{LABEL}}", "dim")
            text.append(shown + "\n", "red" if name == "got" else "")
    if finding.server_log and BROKEN.search(finding.got):
        text.append("  log       ", "dim")
        text.append(("\n" + " " * (LABEL + 2)).join(printable(line) for line in finding.server_log[-6:]) + "\n", "dim")
    text.rstrip()
    return text


def not_run(report: Report) -> dict[str, list[str]]:
    """Reason -> ids."""
    reasons: dict[str, list[str]] = {}
    for check in report.checks():
        if check.verdict is Verdict.NOT_RUN:
            reasons.setdefault(check.reason, []).append(check.id)
    return reasons


def sum_text(summary: Summary, took: float) -> Text:
    numbers = (summary.passed, summary.failed, summary.unclear, summary.not_run)
    parts = []
    for verdict, number in zip(Verdict, numbers, strict=True):
        if number or verdict is Verdict.PASSED:
            mark, style = MARKS[verdict]
            parts.append(Text.assemble((f"{mark} {number} {verdict}", style)))
    return Text("  ").join(parts).append(f"  in {seconds(took)}", "dim")


def wrap(value: str, width: int, indent: int) -> str:
    lines = []
    for line in printable(value, keep="\n").split("\n"):
        lines += textwrap.wrap(line, max(width - indent, 20), break_long_words=False, break_on_hyphens=False) or [""]
    return "\n".join(" " * indent + line for line in lines)


def printable(value: str, keep: str = "") -> str:
    """Without control characters: a target must not steer the terminal."""
    return "".join(char if char.isprintable() or char in keep else "\ufffd" for char in value.replace("\t", "  "))

import io
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import msgspec
import pytest
from rich.console import Console

from backroad.verifier import CheckReport, Finding, Report, StageReport, Verdict, VerifierError, events
from backroad.verifier.reports.html import to_html
from backroad.verifier.reports.json import from_json, to_json
from backroad.verifier.reports.junit import to_junit
from backroad.verifier.reports.terminal import TerminalReport
from tests.verifier.answers import exchange

EVIL = "</pre><script>alert(1)</script>\x1b[31m\x00\ud800 ]]> & \"'"


def check(name: str, verdict: Verdict, **more: object) -> CheckReport:
    return CheckReport(id=f"x.{name}", claim=f"It {name}.", verdict=verdict, seconds=0.1, **more)  # type: ignore[arg-type]


def report(got: str = "three 201, seventeen 409") -> Report:
    race = tuple(exchange("POST", "/links", body="{}", together=True, status=201, response_body=got) for _ in range(20))
    finding = Finding(
        sent='20 × POST /links {"alias": "promo"} released together',
        expected="one 201, nineteen 409",
        got=got,
        why="Why.",
        fix="a unique index on alias, and answer 409 when it is violated; "
        "a check before the insert is a race between clients",
        again="backroad prove --only x.races --seed 7Q2F",
        curl="curl -i http://127.0.0.1:1/",
        exchanges=race,
        log=("12 clients racing",),
        server_log=("GET / 200",),
    )
    first = (check("answers", Verdict.PASSED), check("clears", Verdict.UNCLEAR, reason="cannot tell"))
    second = (
        check("races", Verdict.FAILED, proves=("sql.constraints",), finding=finding),
        check("waits", Verdict.NOT_RUN, reason="needs x.races, which failed"),
        check("waits_too", Verdict.NOT_RUN, reason="needs x.races, which failed"),
    )
    stages = (
        StageReport(number=1, title="It answers", checks=first),
        StageReport(number=2, title="One alias, one owner", checks=second),
    )
    return Report(
        lab="shortener", title="URL shortener", target="http://127.0.0.1:39121", command="node server.js", seed="7Q2F",
        started_at="2026-11-21T01:02:03+00:00", seconds=7.25, stages=stages,
    )  # fmt: skip


def test_json_has_the_documented_shape():
    document = msgspec.json.decode(to_json(report()))
    assert document["summary"] == {"passed": 1, "failed": 1, "unclear": 1, "not_run": 2}
    assert document.keys() >= {"lab", "target", "seed", "started_at", "seconds", "summary", "stages"}
    failed = document["stages"][1]["checks"][0]
    assert failed.keys() == {"id", "claim", "verdict", "seconds", "proves", "reason", "finding", "plots"}
    assert document["stages"][1]["checks"][1]["verdict"] == "not run"
    assert from_json(to_json(report())) == report()
    with pytest.raises(VerifierError, match="not a report of a run"):
        from_json(b"{}")


@pytest.mark.parametrize("got", ["three 201", EVIL])
def test_junit_is_valid_whatever_the_target_sent(got):
    root = ElementTree.fromstring(to_junit(report(got)).encode())
    assert root.attrib["tests"] == "5"
    assert (root.attrib["failures"], root.attrib["errors"], root.attrib["skipped"]) == ("1", "1", "2")
    cases = root.findall("testsuite/testcase")
    assert [(case.attrib["name"], [child.tag for child in case]) for case in cases] == [
        ("x.answers", []), ("x.clears", ["error"]), ("x.races", ["failure"]), ("x.waits", ["skipped"]),
        ("x.waits_too", ["skipped"]),
    ]  # fmt: skip
    assert "20 × POST /links" in (cases[2][0].text or "")


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("got", ["three 201", EVIL])
def test_html_is_one_safe_file(got):
    text = to_html(report(got))
    page = Page()
    page.feed(text)
    assert page.open == []
    assert page.links == []
    assert not {"script", "img", "link", "iframe"} & set(page.tags)
    assert "url(" not in text
    assert "<details open>" in text
    for part in ("released together", "one 201, nineteen 409", "7Q2F", "The race", "sql.constraints", "cannot tell"):
        assert part in text
    text.encode()
    assert "\x00" not in text
    assert "\x1b" not in text


def events_of(whole: Report) -> list[events.Event]:
    plans = tuple(
        events.StagePlan(stage.number, stage.title, tuple(check.id for check in stage.checks)) for stage in whole.stages
    )
    happened: list[events.Event] = [
        events.RunStarted(whole.lab, whole.title, whole.target, whole.command, whole.seed, plans)
    ]
    for stage in whole.stages:
        happened.append(events.StageStarted(stage.number))
        for one in stage.checks:
            happened.append(events.CheckStarted(stage.number, one.id, one.claim))
            happened.append(events.CheckNoted(one.id, "12 clients racing"))
            happened.append(events.CheckFinished(stage.number, one))
        happened.append(events.StageFinished(stage.number, whole.summary, 1.0))
    return [*happened, events.RunFinished(whole)]


def shown(whole: Report, *, terminal: bool, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, highlight=False)
    with TerminalReport(console) as live:
        for event in events_of(whole):
            live(event)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


PLAIN = """\
shortener  http://127.0.0.1:39121  node server.js  seed 7Q2F
  1 It answers            ✓ 1  ? 1
  2 One alias, one owner  ✗ 1  – 2

✗ x.races                                                                     proves sql.constraints
  It races.
  sent      20 × POST /links {"alias": "promo"} released together
  expected  one 201, nineteen 409
  got       three 201, seventeen 409
  fix       a unique index on alias, and answer 409 when it is violated; a check before the insert
            is a race between clients
  again     backroad prove --only x.races --seed 7Q2F
  curl      curl -i http://127.0.0.1:1/
  more      backroad explain x.races

? x.clears  cannot tell

– 2 not run: needs x.races, which failed
  x.waits, x.waits_too

✓ 1 passed  ✗ 1 failed  ? 1 unclear  – 2 not run  in 7.2 s
"""


def test_plain_lines_where_there_is_no_terminal():
    assert shown(report(), terminal=False) == PLAIN


def test_live_on_a_terminal():
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown(report(), terminal=True))
    assert "stage 2 of 2" in text
    assert "  1 It answers            ✓ 1  ? 1" in text
    assert text.rstrip().endswith("in 7.2 s")


def test_the_target_cannot_steer_the_terminal():
    text = shown(report(EVIL), terminal=False, width=80)
    assert "\x1b" not in text
    assert "\x00" not in text


def test_rich_markup_of_the_target_is_text():
    assert "[bold]x[/bold]" in shown(report("[bold]x[/bold]"), terminal=False)

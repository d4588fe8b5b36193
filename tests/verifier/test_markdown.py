from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from backroad.verifier import CheckReport, Finding, Report, StageReport, Verdict
from backroad.verifier.reports.markdown import LARGEST, to_markdown
from tests.verifier.test_reports import EVIL, check, report

SNEAKY = (
    "\n\n# Title\n\n@everyone #1 [x](http://evil.example) ![i](//evil.example/i.png) "
    "</pre></details><img src=x onerror=y>\n\n```\n| a |\n"
)
TAGS = {"h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "pre", "details", "summary", "b", "ul", "li"}


class Page(HTMLParser):
    """What a browser sees: tags, the texts of <pre>, and text that is in neither <pre> nor <code>."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.pres: list[str] = []
        self.bare = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.open.append(tag)
        if tag == "pre":
            self.pres.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "pre" in self.open:
            self.pres[-1] += data
        elif "code" not in self.open:
            self.bare += data


def seen(text: str) -> Page:
    page = Page()
    page.feed(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text))
    assert page.open == []
    return page


def test_what_it_says():
    text = to_markdown(report())
    assert text.startswith("### ✗ URL shortener: 1 passed, 1 failed, 1 unclear, 2 not run\n\ntarget <code>")
    assert "| stage | ✓ passed | ✗ failed | ? unclear | – not run |" in text
    page = seen(text)
    assert page.pres[:3] == [
        '20 × POST /links {"alias": "promo"} released together', "one 201, nineteen 409", "three 201, seventeen 409",
    ]  # fmt: skip
    assert "backroad prove --only x.races --seed 7Q2F" in page.pres
    assert "cannot tell" in page.pres
    assert "a unique index on alias" in page.bare
    assert page.tags <= TAGS


@pytest.mark.parametrize("evil", [EVIL, SNEAKY, "`" * 50, "a|b\\|c", "\u202e gpj", "&lt;b&gt;"])
def test_the_target_adds_nothing_to_the_page(evil):
    whole = msgspec.structs.replace(report(evil), target=evil, title=evil)
    stage = whole.stages[0]
    reasons = (check("clears", Verdict.UNCLEAR, reason=evil), check("waits", Verdict.NOT_RUN, reason=evil))
    whole = msgspec.structs.replace(
        whole, stages=(msgspec.structs.replace(stage, title=evil, checks=reasons), whole.stages[1])
    )
    page = seen(to_markdown(whole))
    assert page.tags <= TAGS
    assert "@everyone" not in page.bare
    assert "\u202e" not in page.bare + "".join(page.pres)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200))
def test_any_text_arrives_as_it_is(got):
    page = seen(to_markdown(report(got or "x")))
    assert page.tags <= TAGS
    shown = "".join(page.pres[2].split())
    plain = "".join((got or "x").split())
    assert all(char in shown for char in plain if char.isascii() and char.isprintable())


def big(number: int, size: int) -> Report:
    finding = Finding(
        sent="<" * size, expected="&" * size, got="é\n" * size, fix="fix " * size, again="a" * size, curl="c"
    )
    checks = tuple(
        CheckReport(id=f"x.check_{n}", claim="It works.", verdict=Verdict.FAILED, seconds=0.1, finding=finding)
        for n in range(number)
    )
    return msgspec.structs.replace(report(), stages=(StageReport(number=1, title="One", checks=checks),))


@pytest.mark.parametrize(("number", "size"), [(1, 100_000), (200, 10), (60, 5000), (3000, 30)])
def test_it_is_never_too_large(number, size):
    text = to_markdown(big(number, size))
    assert len(text.encode()) <= LARGEST
    assert seen(text).tags <= TAGS
    left = number - text.count("<summary>✗")
    assert ("more did not fit here" in text) == (left > 0)


def test_nothing_to_tell():
    text = to_markdown(msgspec.structs.replace(report(), stages=()))
    assert text.startswith("### ? URL shortener: nothing ran")
    checks = (check("answers", Verdict.PASSED),)
    whole = msgspec.structs.replace(report(), stages=(StageReport(number=1, title="One", checks=checks),))
    assert to_markdown(whole).startswith("### ✓ URL shortener: 1 passed\n")
    assert "<details>" not in to_markdown(whole)

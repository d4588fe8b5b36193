import re
from xml.etree import ElementTree

import pytest

from backroad.verifier.load import LoadResult, Second, html_plot
from backroad.verifier.load.plot import duration
from tests.verifier.load.results import result

SECONDS = tuple(
    Second(at=at, answered=100, failed=at == 2, p50=0.001, p90=0.002 * (at + 1), p99=0.1, max=1) for at in range(5)
)


def parse(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


def words(figure: ElementTree.Element) -> list[str]:
    return [one.text or "" for one in figure.iter() if one.tag in ("text", "title", "figcaption")]


def test_a_plot_is_well_formed_and_says_in_words_what_it_shows():
    figure = parse(html_plot(result([0.001, 0.002, 0.5], timeline=SECONDS)))
    said = words(figure)
    assert len(figure.findall("svg")) == 2
    assert said[0] == (
        "100 requests a second for 1 s: 3 answers, p50 2 ms, p90 500 ms, p99 500 ms, p99.9 500 ms, max 500 ms"
    )
    assert {"p50", "p90", "p99", "max", "0 s", "5 s"} <= set(said)
    assert any("marked at the bottom: one with requests that got no answer" in one for one in said)


def test_it_takes_the_colours_of_the_page_and_runs_nothing():
    text = html_plot(result([0.001] * 50, timeline=SECONDS), result([0.0005] * 50))
    assert not re.search(r"script|\son\w+=|#[0-9a-f]{3}|https?:", text)
    assert "currentColor" in text
    assert {"baseline", "loaded"} <= set(words(parse(text)))


@pytest.mark.parametrize(
    "one",
    [
        result([]),
        result([], unsent=5, timeline=()),
        result([0.0]),
        result([0.001] * 1000),
        result([60.0, 0.000_001]),
        result([0.001 * number for number in range(5000)], errors={"<script>": 5}),
    ],
)
def test_any_result_can_be_drawn(one: LoadResult):
    text = html_plot(one)
    parse(text)
    assert "nan" not in text
    assert len(text) < 40_000


@pytest.mark.parametrize(
    ("value", "shown"), [(0.00025, "250 µs"), (0.0032, "3.2 ms"), (1.5, "1.5 s"), (0.0009999, "1 ms"), (42, "42 s")]
)
def test_durations(value: float, shown: str):
    assert duration(value) == shown

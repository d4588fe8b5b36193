"""Latency as pictures for the HTML report: SVG written by hand, in the colours of the page around it, no scripts."""

import html
import math
from collections.abc import Iterable, Sequence

from backroad.verifier.load.histogram import Histogram
from backroad.verifier.load.result import LoadResult
from backroad.verifier.wording import count

WIDTH, HEIGHT = 680, 240
LEFT, RIGHT, TOP, BOTTOM = 64, 56, 12, 30  # margins that hold the labels
SERIES = (("p50", ""), ("p90", "7 3"), ("p99", "3 3"), ("max", "1 3"))  # told apart by dashes, not by colour
NINES = (0.0, 90.0, 99.0, 99.9, 99.99, 99.999)
LINE, SOFT, FAILED = "var(--text,currentColor)", "var(--soft,currentColor)", "var(--failed,currentColor)"
MAX_POINTS = 200

Point = tuple[float, float]


def html_plot(result: LoadResult, baseline: LoadResult | None = None) -> str:
    """A figure with percentiles over time and the curve of all percentiles; figures repeat what the pictures show."""
    if not result.answered:
        return f'<figure class="load"><figcaption>{html.escape(summary(result))}</figcaption></figure>'
    return (
        f'<figure class="load"><figcaption>{html.escape(summary(result))}</figcaption>'
        f"{over_time(result)}{curve(result, baseline)}</figure>"
    )


def summary(result: LoadResult) -> str:
    how = f"{result.rate:g} requests a second" if result.kind == "open" else f"{result.connections} connections at once"
    parts = [f"{how} for {result.seconds:g} s: {result.answered} answers"]
    for number, what in ((sum(result.errors.values()), "not answered"), (result.unsent, "not sent in time")):
        if number:
            parts.append(f"{number} {what}")
    wrong = sum(result.wrong.values())
    if wrong:
        parts.append(f"{wrong} wrong")
    if result.answered:
        parts += [f"{name} {duration(value)}" for name, value in result.percentiles.items()]
        parts.append(f"max {duration(result.max)}")
    return ", ".join(parts)


def over_time(result: LoadResult) -> str:
    seconds = [one for one in result.timeline if one.answered]
    values = [value for one in seconds for value in (one.p50, one.max)]
    scale = Scale(values)
    span = max(len(result.timeline), 1)

    def x(at: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * at / span

    parts = [scale.grid()]
    ends: list[tuple[float, str]] = []
    for name, dashes in SERIES:
        points = [(x(one.at + 0.5), scale.y(getattr(one, name))) for one in seconds]
        parts.append(line(points, dashes))
        ends.append((points[-1][1], name))
    parts += end_labels(ends)
    for one in result.timeline:
        if one.failed:
            parts.append(
                f'<rect x="{x(one.at):.1f}" y="{HEIGHT - BOTTOM + 2}" width="{max(x(1) - x(0), 1):.1f}" height="3" '
                f'fill="{FAILED}"/>'
            )
    for at in ticks(span):
        parts.append(text(x(at), HEIGHT - BOTTOM + 16, f"{at} s", "middle"))
    failed = sum(1 for one in result.timeline if one.failed)
    label = f"Latency over time: p50, p90, p99 and max, second by second, for {result.seconds:g} s"
    if failed:
        label += f"; marked at the bottom: {count(failed)} with requests that got no answer"
    return svg(label, parts)


def curve(result: LoadResult, baseline: LoadResult | None) -> str:
    drawn = [("loaded" if baseline else "", "", result.latency)]
    if baseline is not None and baseline.answered:
        drawn.append(("baseline", "7 3", baseline.latency))
    curves = [(name, dashes, percentile_points(latency)) for name, dashes, latency in drawn]
    scale = Scale([value for _, _, points in curves for _, value in points])
    last = max(nines(percent) for _, _, points in curves for percent, _ in points)

    def x(percent: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * min(nines(percent) / last, 1)

    parts = [scale.grid()]
    ends: list[tuple[float, str]] = []
    for name, dashes, points in curves:
        placed = [(x(percent), scale.y(value)) for percent, value in points]
        parts.append(line(placed, dashes))
        ends.append((placed[-1][1], name))
    parts += end_labels(ends)
    for percent in NINES:
        if nines(percent) <= last:
            parts.append(text(x(percent), HEIGHT - BOTTOM + 16, f"{percent:g} %", "middle"))
    return svg("Latency by percentile: the share of requests that took no longer", parts)


def percentile_points(latency: Histogram) -> list[Point]:
    """(percent, seconds), thinned out; the last one stands for the slowest request."""
    points: list[Point] = []
    seen, top = 0, nines(100 * (1 - 1 / (latency.total + 1)))
    for value, number in latency.entries():
        percent = 100 * seen / latency.total
        if not points or nines(percent) - nines(points[-1][0]) > top / MAX_POINTS:
            points.append((percent, min(value / 1e6, latency.max)))
        seen += number
    points.append((100 * (1 - 1 / (latency.total + 1)), latency.max))
    return points


def nines(percent: float) -> float:
    """0 for 0 %, 1 for 90 %, 2 for 99 %: the scale of the horizontal axis."""
    return -math.log10(1 - percent / 100)


class Scale:
    """The vertical axis: seconds, logarithmic."""

    def __init__(self, values: Iterable[float]) -> None:
        positive = [max(value, 1e-6) for value in values] or [1e-3]
        self.low, self.high = math.log10(min(positive)), math.log10(max(positive))
        if self.high - self.low < 0.5:
            middle = (self.low + self.high) / 2
            self.low, self.high = middle - 0.25, middle + 0.25

    def y(self, value: float) -> float:
        share = (math.log10(max(value, 1e-6)) - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(max(share, 0), 1)

    def grid(self) -> str:
        steps = (1, 2, 5) if self.high - self.low < 2 else (1,)
        powers = range(math.floor(self.low), math.ceil(self.high) + 1)
        marks = [step * 10.0**power for power in powers for step in steps]
        return "".join(
            f'<path d="M{LEFT} {self.y(mark):.1f}H{WIDTH - RIGHT}" stroke="{SOFT}" stroke-opacity=".3"/>'
            + text(LEFT - 6, self.y(mark) + 4, duration(mark), "end")
            for mark in marks
            if self.low <= math.log10(mark) <= self.high
        )


def line(points: Sequence[Point], dashes: str) -> str:
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    if len(points) == 1:
        path += "h1"
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="1.5"{dashed}/>'


def end_labels(ends: Sequence[tuple[float, str]]) -> list[str]:
    """Names at the right end of their lines, moved apart where they would overlap."""
    placed: list[str] = []
    lowest = HEIGHT - BOTTOM + 14.0
    for y, name in sorted(ends, reverse=True):
        lowest = min(y, lowest - 13)
        placed.append(text(WIDTH - RIGHT + 6, lowest + 4, name, "start"))
    return placed


def ticks(span: int) -> range:
    step = next(step for step in (1, 2, 5, 10, 20, 30, 60, 120) if span / step <= 8 or step == 120)
    return range(0, span + 1, step)


def text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{SOFT}" font-size="11">{words}</text>'


def svg(label: str, parts: Iterable[str]) -> str:
    return (
        f'<svg role="img" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'style="max-width:100%;height:auto"><title>{label}</title>{"".join(parts)}</svg>'
    )


def duration(value: float) -> str:
    """`250 µs`, `3.2 ms`, `1.5 s`."""
    for unit, factor in (("s", 1.0), ("ms", 1e-3)):
        if value >= factor * 0.9995:
            return f"{value / factor:.3g} {unit}"
    return f"{value * 1e6:.0f} µs"

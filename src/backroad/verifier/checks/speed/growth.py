"""No check: measures once in a run how long requests take with few things and with many. Several checks judge it.

It must never fail a good target because the machine was busy. So a request counts as slower only if even the quick
quarter of many samples is several times slower than the slow quarter of few, beyond what the health path became slower,
and only if that is so each time it is measured, over some seconds.
"""

import asyncio
import statistics
import time
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from backroad.verifier import Bench, Client, Exchange, Failed, Request, expect
from backroad.verifier.driver import LabDriver, Thing

FEW, MANY = 100, 10_000
ROUNDS, EACH = 5, 8
FACTOR, LEAST = 4.0, 0.003  # fails above this factor, and only if it is this many seconds more
REPEATS, PAUSE = 4, 0.3  # further measurements of what looks slow or unsteady, with a pause before each, in seconds
IDLE = "idle"


class Spread(msgspec.Struct, frozen=True):
    """Seconds: a quarter of the samples was quicker than `low`, a quarter slower than `high`."""

    low: float
    median: float
    high: float


Spreads = Mapping[str, Spread]  # by kind of request; "idle" is the health path


class Growth(msgspec.Struct, frozen=True):
    few: Spreads
    many: Spreads
    examples: Mapping[str, Exchange]  # the first request of each kind


_measured: "weakref.WeakKeyDictionary[Any, Growth]" = weakref.WeakKeyDictionary()


async def measure(bench: Bench) -> Growth:
    """One measurement for each run."""
    known = _measured.get(bench.target)
    if known is not None:
        return known
    driver: LabDriver = bench.driver
    person, client = await driver.person(), bench.client()
    examples: dict[str, Exchange] = {}

    async def sample(things: list[Thing], enough: Callable[[Spreads], bool]) -> Spreads:
        """The quickest of several measurements, by kind; no further one once it is enough."""
        best = await spreads(client, driver.health, driver.probes(person, things), examples)
        for _ in range(REPEATS):
            if enough(best):
                break
            await asyncio.sleep(PAUSE)
            again = await spreads(client, driver.health, driver.probes(person, things), examples)
            best = {kind: min(best[kind], again[kind], key=lambda spread: spread.low) for kind in best}
        return best

    few = await sample(await driver.fill(person, FEW), lambda spreads: all(map(steady, spreads.values())))
    things = await driver.fill(person, MANY - FEW)
    many = await sample(things, lambda spreads: not any(grows(few, spreads, kind) for kind in spreads))
    _measured[bench.target] = Growth(few, many, examples)
    return _measured[bench.target]


async def spreads(
    client: Client, health: str, probes: Mapping[str, Callable[[], Request]], examples: dict[str, Exchange]
) -> dict[str, Spread]:
    probes = {IDLE: lambda: Request("GET", health), **probes}
    samples: dict[str, list[float]] = {kind: [] for kind in probes}
    for _ in range(ROUNDS):  # in turns, so that a slow moment meets all kinds alike
        for kind, make in probes.items():
            for _ in range(EACH):
                began = time.perf_counter()
                answer = await client.send(make())
                samples[kind].append(time.perf_counter() - began)
                expect.no_5xx(answer)
                examples.setdefault(kind, answer.exchange)
    return {kind: Spread(*statistics.quantiles(times, n=4)) for kind, times in samples.items()}


def steady(spread: Spread) -> bool:
    return spread.high < 2 * spread.low


def grows(few: Spreads, many: Spreads, kind: str) -> bool:
    busier = max(1.0, many[IDLE].median / few[IDLE].median)
    before, after = few[kind].high * busier, many[kind].low
    return after > FACTOR * before and after - before > LEAST


async def holds(bench: Bench, kind: str) -> None:
    growth = await measure(bench)
    before, after = growth.few[kind].median * 1000, growth.many[kind].median * 1000
    example = growth.examples[kind]
    bench.log(f"{kind}: median {before:.2f} ms with {FEW} things, {after:.2f} ms with {MANY}")
    if grows(growth.few, growth.many, kind):
        raise Failed(
            sent=f"{ROUNDS * EACH} × {example.method} {example.path} with {FEW} things, and as many with {MANY:,}",
            expected="about the same time for each",
            got=f"a median of {after:.1f} ms, with {FEW} it was {before:.1f} ms",
            exchanges=[example],
        )

"""No check: measures once in a run how long requests take with few things and with many. Several checks judge it.

It must never fail a good target because the machine was busy. So a request counts as slower only if even its quickest
quarter with many things takes several times the median with few, beyond what the health path became slower, and only if
that is so each time it is measured, over some seconds.
"""

import asyncio
import statistics
import time
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from backroad.verifier import Bench, Exchange, Failed, Request, expect
from backroad.verifier.driver import LabDriver

FEW, MANY = 100, 10_000
ROUNDS, EACH, ROUNDS_AGAIN = 5, 8, 2
FACTOR, LEAST = 4.0, 0.003  # fails above this factor, and only if it is this many seconds more
REPEATS, PAUSE = 4, 0.3  # further measurements of what looks slow or unsteady, with a pause before each, in seconds
IDLE = "idle"


class Spread(msgspec.Struct, frozen=True):
    """Seconds: a quarter of the samples was quicker than `low`, a quarter slower than `high`."""

    low: float
    median: float
    high: float


Spreads = Mapping[str, Spread]  # by kind of request; "idle" is the health path
Probes = Mapping[str, Callable[[], Request]]


class Growth(msgspec.Struct, frozen=True):
    few: Spreads
    many: Spreads
    examples: Mapping[str, Exchange]  # the first request of each kind


_measured: "weakref.WeakKeyDictionary[Any, Growth]" = weakref.WeakKeyDictionary()


async def measure(bench: Bench) -> Growth:
    """One measurement for each run."""
    known = _measured.get(bench.target)
    if known is None:
        driver: LabDriver = bench.driver
        person, meter = await driver.person(), Meter(bench)
        probes = driver.probes(person, await driver.fill(person, FEW))
        few = await meter.quickest(probes, lambda few, kind: not steady(few[kind]), lambda spread: spread.median)
        probes = driver.probes(person, await driver.fill(person, MANY - FEW))
        many = await meter.quickest(probes, lambda many, kind: grows(few, many, kind), lambda spread: spread.low)
        known = _measured[bench.target] = Growth(few, many, meter.examples)
    return known


class Meter:
    def __init__(self, bench: Bench) -> None:
        self.examples: dict[str, Exchange] = {}  # the first request of each kind
        self._client = bench.client()
        self._health = Request("GET", bench.driver.health)

    async def quickest(
        self, probes: Probes, doubtful: Callable[[Spreads, str], bool], key: Callable[[Spread], float]
    ) -> Spreads:
        """Measures once, then what is doubtful again; keeps the best by `key`."""
        probes = {IDLE: lambda: self._health, **probes}
        best = await self.spreads(probes, ROUNDS)
        for _ in range(REPEATS):
            doubts = [kind for kind in probes if kind != IDLE and doubtful(best, kind)]
            if not doubts:
                break
            await asyncio.sleep(PAUSE)
            again = await self.spreads({kind: probes[kind] for kind in (IDLE, *doubts)}, ROUNDS_AGAIN)
            best |= {kind: min(best[kind], spread, key=key) for kind, spread in again.items()}
        return best

    async def spreads(self, probes: Probes, rounds: int) -> dict[str, Spread]:
        samples: dict[str, list[float]] = {kind: [] for kind in probes}
        for _ in range(rounds):  # in turns, so that a slow moment meets all kinds alike
            for kind, make in probes.items():
                for _ in range(EACH):
                    began = time.perf_counter()
                    answer = await self._client.send(make())
                    samples[kind].append(time.perf_counter() - began)
                    expect.no_5xx(answer)
                    self.examples.setdefault(kind, answer.exchange)
        return {kind: Spread(*statistics.quantiles(times, n=4)) for kind, times in samples.items()}


def steady(spread: Spread) -> bool:
    return spread.high < 2 * spread.low


def grows(few: Spreads, many: Spreads, kind: str) -> bool:
    busier = max(1.0, many[IDLE].low / few[IDLE].low)
    before, after = few[kind].median * busier, many[kind].low
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

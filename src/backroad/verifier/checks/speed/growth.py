"""No check: measures once in a run how long requests take with few things and with many. Several checks judge it."""

import statistics
import time
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from backroad.verifier import Bench, Client, Request, expect
from backroad.verifier.driver import LabDriver, Person, Thing

FEW, MANY = 100, 10_000
ROUNDS, EACH = 5, 8
FACTOR, LEAST = 4.0, 0.002  # fails above this factor, and only if it is this many seconds more
IDLE = "idle"

_measured: "weakref.WeakKeyDictionary[Any, Growth]" = weakref.WeakKeyDictionary()


class Growth(msgspec.Struct, frozen=True):
    """Median seconds by kind of request; "idle" is the health path, which shows how busy the machine was."""

    few: dict[str, float]
    many: dict[str, float]


async def measure(bench: Bench) -> Growth:
    """One measurement for each run. Where it looks bad with many, it is repeated: one slow moment decides nothing."""
    known = _measured.get(bench.target)
    if known is not None:
        return known
    driver: LabDriver = bench.driver
    person, client = await driver.person(), bench.client()
    few = await medians(client, driver, person, await driver.fill(person, FEW))
    things = await driver.fill(person, MANY - FEW)
    many = await medians(client, driver, person, things)
    for _ in range(2):
        if not any(grows(Growth(few, many), kind) for kind in few):
            break
        again = await medians(client, driver, person, things)
        many = {kind: min(many[kind], again[kind]) for kind in many}
    _measured[bench.target] = Growth(few, many)
    return _measured[bench.target]


async def medians(client: Client, driver: LabDriver, person: Person, things: list[Thing]) -> dict[str, float]:
    probes: Mapping[str, Callable[[], Request]] = {
        IDLE: lambda: Request("GET", driver.health),
        **driver.probes(person, things),
    }
    samples: dict[str, list[float]] = {kind: [] for kind in probes}
    for _ in range(ROUNDS):
        for kind, make in probes.items():
            for _ in range(EACH):
                began = time.perf_counter()
                expect.no_5xx(await client.send(make()))
                samples[kind].append(time.perf_counter() - began)
    return {kind: statistics.median(times) for kind, times in samples.items()}


def grows(growth: Growth, kind: str) -> bool:
    """Clearly slower with many things, beyond what the machine itself became slower."""
    busier = max(1.0, growth.many[IDLE] / growth.few[IDLE])
    few, many = growth.few[kind] * busier, growth.many[kind]
    return many > FACTOR * few and many - few > LEAST


async def holds(bench: Bench, kind: str) -> None:
    growth = await measure(bench)
    few, many = growth.few[kind] * 1000, growth.many[kind] * 1000
    bench.log(f"{kind}: median {few:.2f} ms with {FEW} things, {many:.2f} ms with {MANY}")
    expect.that(
        not grows(growth, kind),
        expected=f"about the same time with {MANY:,} things as with {FEW}",
        got=f"a median of {many:.1f} ms, with {FEW} it was {few:.1f} ms",
    )

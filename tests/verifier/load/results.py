"""Results made by hand."""

from collections.abc import Iterable
from typing import Any

from backroad.verifier.load import Histogram, LoadResult, Second


def histogram(seconds: Iterable[float]) -> Histogram:
    one = Histogram()
    for value in seconds:
        one.record(round(value * 1e6))
    return one


def result(seconds: Iterable[float], *, unsent: int = 0, late: Iterable[float] = (0.0,), **fields: Any) -> LoadResult:
    latency = histogram(seconds)
    second = Second(at=0, answered=latency.total, failed=unsent, p50=0.001, p90=0.002, p99=0.003, max=0.004)
    made: dict[str, Any] = {
        "kind": "open", "rate": 100, "seconds": 1, "connections": 5, "statuses": {200: latency.total}, "errors": {},
        "wrong": {}, "not_connected": {}, "reconnected": 0, "achieved": float(latency.total), "timeline": (second,),
        "planned": latency.total + unsent + sum(fields.get("errors", {}).values()),
        **fields,
    }  # fmt: skip
    return LoadResult(latency=latency, late=histogram(late), unsent=unsent, **made)

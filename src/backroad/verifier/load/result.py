"""What a load showed."""

import math
from typing import Any, Literal

import msgspec

from backroad.verifier.load.histogram import Histogram

PERCENTS = (50.0, 90.0, 99.0, 99.9)


class Second(msgspec.Struct, frozen=True, kw_only=True):
    """Requests that were due in one second of the load; latencies in seconds."""

    at: int  # from 0, the end of the warm-up
    answered: int
    failed: int  # without an answer, or never sent
    p50: float = 0.0
    p90: float = 0.0
    p99: float = 0.0
    max: float = 0.0


class LoadResult(msgspec.Struct, frozen=True, kw_only=True):
    """`planned` = answered + errors + unsent, all without the warm-up.

    Latencies of an open loop count from the moment a request was due, whether or not a connection was free to send it:
    a server that stalls is charged for all who would have waited (Gil Tene, "How NOT to Measure Latency", 2015).
    Requests that got no answer have no latency; look at `lost_share` before at a percentile.
    """

    kind: Literal["open", "closed"]
    rate: float  # asked for, requests a second; 0 in a closed loop
    seconds: float
    connections: int
    planned: int
    statuses: dict[int, int]
    errors: dict[str, int]  # reason -> requests that were sent and not answered
    unsent: int  # due, but no connection was free in time
    wrong: dict[str, int]  # reason -> answers that the check did not like
    not_connected: dict[str, int]  # reason -> tries to connect
    reconnected: int  # requests repeated because an idle connection had just been closed
    achieved: float  # answers a second, within the time
    latency: Histogram
    late: Histogram  # by how much requests went out late through no fault of the target
    timeline: tuple[Second, ...]

    @property
    def answered(self) -> int:
        return sum(self.statuses.values())

    @property
    def sent(self) -> int:
        return self.planned - self.unsent

    @property
    def lost_share(self) -> float:
        """Share of the planned requests that got no answer."""
        return 1 - self.answered / self.planned if self.planned else 0.0

    @property
    def classes(self) -> dict[str, int]:
        """Answers by class of status, `2xx` and so on."""
        sums: dict[str, int] = {}
        for status, count in sorted(self.statuses.items()):
            name = f"{status // 100}xx"
            sums[name] = sums.get(name, 0) + count
        return sums

    def percentile(self, percent: float) -> float:
        """Seconds."""
        return self.latency.percentile(percent)

    def percentile_of_all(self, percent: float) -> float:
        """Seconds, with each request that got no answer counted as infinitely slow."""
        rank = math.ceil(round(self.planned * percent / 100, 6))
        if not self.planned or rank > self.answered:
            return math.inf
        return self.latency.percentile(100 * rank / self.answered)

    @property
    def percentiles(self) -> dict[str, float]:
        """`p50`, `p90`, `p99`, `p99.9` in seconds."""
        values = self.latency.percentiles(PERCENTS)
        return {f"p{percent:g}": value for percent, value in zip(PERCENTS, values, strict=True)}

    @property
    def max(self) -> float:
        """Seconds."""
        return self.latency.max

    def to_json(self) -> dict[str, Any]:
        """Figures to read, and all that from_json() needs."""
        fields: dict[str, Any] = msgspec.to_builtins(self, str_keys=True, enc_hook=Histogram.to_json)
        return {**fields, "answered": self.answered, "percentiles": self.percentiles}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "LoadResult":
        """ValueError for anything that to_json() does not write."""
        try:
            return msgspec.convert(document, cls, str_keys=True, dec_hook=lambda _, found: Histogram.from_json(found))
        except msgspec.ValidationError as error:
            raise ValueError(f"not the result of a load: {error}") from None

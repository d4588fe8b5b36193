"""What the environment says. A setting that is missing or wrong ends the process at once, with a sentence."""

import os
import sys
from collections.abc import Callable
from typing import TypeVar

import msgspec

T = TypeVar("T")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Times are in seconds."""

    host: str
    port: int
    upstream_url: str
    upstream_key: str
    cache_seconds: float  # an answer of the upstream is fresh
    stale_seconds: float  # and may be shown after that, if the upstream fails
    cache_entries: int
    upstream_seconds: float  # for one call, from the first byte sent to the last one received
    breaker_failures: int
    breaker_seconds: float


def read_settings() -> Settings:
    try:
        return Settings(
            host=read("HOST", text, "127.0.0.1"),
            port=read("PORT", whole, "8000"),
            upstream_url=read("WEATHER_URL", text),
            upstream_key=read("WEATHER_KEY", text),
            cache_seconds=read("CACHE_SECONDS", seconds, "60"),
            stale_seconds=read("STALE_SECONDS", seconds, "600"),
            cache_entries=read("CACHE_ENTRIES", whole, "10000"),
            upstream_seconds=read("UPSTREAM_SECONDS", seconds, "2"),
            breaker_failures=read("BREAKER_FAILURES", whole, "5"),
            breaker_seconds=read("BREAKER_SECONDS", seconds, "10"),
        )
    except ValueError as error:
        sys.exit(str(error))


def read(name: str, parse: Callable[[str], T], otherwise: str = "") -> T:
    try:
        return parse(os.environ.get(name, otherwise))
    except ValueError as error:
        raise ValueError(f"{name} {error}.") from None  # the value itself may be a secret


def text(value: str) -> str:
    if not value:
        raise ValueError("is not set")
    return value


def whole(value: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= 1_000_000_000:
        raise ValueError("must be a whole number of at least 1")
    return int(value)


def seconds(value: str) -> float:
    number = float(value) if value.replace(".", "", 1).isdecimal() else -1.0
    if not 0 <= number <= 1_000_000_000:
        raise ValueError("must be a number of seconds, such as 60 or 0.5")
    return number

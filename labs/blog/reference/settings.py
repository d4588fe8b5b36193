"""What the environment says. A setting that is missing or wrong ends the process at once, with a sentence."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Times are in seconds."""

    host: str
    port: int
    data_dir: Path
    model_url: str
    model_key: str
    model: str
    model_seconds: float  # for one call; for a stream, from one piece to the next
    answer_tokens: int  # at most, for each answer of the model
    day_tokens: int  # that one person may spend on a day
    cache_seconds: float
    breaker_failures: int
    breaker_seconds: float
    blocked_words: tuple[str, ...]  # in lower case


def read_settings() -> Settings:
    try:
        return Settings(
            host=read("HOST", text, "127.0.0.1"),
            port=read("PORT", whole, "8000"),
            data_dir=read("DATA_DIR", Path, "."),
            model_url=read("OPENAI_BASE_URL", text),
            model_key=read("OPENAI_API_KEY", text),
            model=read("OPENAI_MODEL", text),
            model_seconds=read("AI_SECONDS", seconds, "10"),
            answer_tokens=read("AI_ANSWER_TOKENS", whole, "100"),
            day_tokens=read("AI_DAY_TOKENS", whole, "20000"),
            cache_seconds=read("CACHE_SECONDS", seconds, "3600"),
            breaker_failures=read("BREAKER_FAILURES", whole, "5"),
            breaker_seconds=read("BREAKER_SECONDS", seconds, "10"),
            blocked_words=read("BLOCKED_WORDS", words, ""),
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


def words(value: str) -> tuple[str, ...]:
    return tuple(word.strip().lower() for word in value.split(",") if word.strip())

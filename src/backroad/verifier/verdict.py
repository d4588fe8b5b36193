"""The four verdicts, what a finding says, and the two ways in which a check ends early."""

import enum
from collections.abc import Sequence
from typing import NoReturn

import msgspec

from backroad.verifier.exchange import Exchange


class Verdict(enum.StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNCLEAR = "unclear"
    NOT_RUN = "not run"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Why a check failed. Holds no secrets: credential headers are masked."""

    sent: str
    expected: str
    got: str
    why: str = ""  # why it matters in production
    fix: str = ""
    again: str = ""  # command that repeats the whole check
    curl: str = ""  # command that repeats the decisive request
    exchanges: tuple[Exchange, ...] = ()  # at most the last 60 of the check
    log: tuple[str, ...] = ()  # lines of the check's own transcript
    server_log: tuple[str, ...] = ()  # last lines that the target wrote during the check


class Failed(Exception):
    """The target did not keep the claim. `sent` may stay empty: then the decisive exchanges say it."""

    def __init__(self, *, expected: str, got: str, sent: str = "", exchanges: Sequence[Exchange] = ()) -> None:
        super().__init__(f"expected {expected}, got {got}")
        self.sent = sent
        self.expected = expected
        self.got = got
        self.exchanges = tuple(exchanges)


class Unclear(Exception):
    """The check could not judge; never counts against the target."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def unclear(reason: str) -> NoReturn:
    raise Unclear(reason)

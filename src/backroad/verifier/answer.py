"""What came back for a request: an answer, or the reason why there is none."""

import json
import re
from typing import Any

import msgspec

from backroad.verifier.exchange import Exchange, Headers
from backroad.verifier.verdict import Failed
from backroad.verifier.wording import excerpt

CHARSET = re.compile(r";\s*charset=\"?([\w.:-]+)", re.IGNORECASE)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    status: int
    headers: Headers
    body: bytes
    seconds: float  # from the first byte sent (in a race: from the release) to the last byte received
    exchange: Exchange

    @property
    def text(self) -> str:
        named = CHARSET.search(self.headers.get("content-type") or "")
        try:
            return self.body.decode(named[1] if named else "utf-8", errors="replace")
        except LookupError:
            return self.body.decode(errors="replace")

    def json(self) -> Any:
        """The decoded body; a body that is not JSON is a finding."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            got = f"{self.status} with a body that is not JSON: {excerpt(self.text)}" if self.body else "an empty body"
            raise Failed(expected="a JSON body", got=got, exchanges=(self.exchange,)) from None


class NoAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """No answer came. `sent`: the whole request had been handed over, so the target may have acted on it."""

    reason: str
    sent: bool
    seconds: float
    exchange: Exchange


class LostAnswer(Exception):
    """A client call got no answer; fails the check unless the check catches it."""

    def __init__(self, no_answer: NoAnswer) -> None:
        super().__init__(no_answer.reason)
        self.no_answer = no_answer
        self.exchange = no_answer.exchange

    @property
    def reason(self) -> str:
        return self.no_answer.reason

    @property
    def sent(self) -> bool:
        return self.no_answer.sent

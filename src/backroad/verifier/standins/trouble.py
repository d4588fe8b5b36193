"""What a stand-in can be made to do wrong, for how many calls, and on which paths."""

import asyncio
import re
from typing import Literal, get_args

import msgspec

from backroad.verifier.standins.call import Call

Wrong = Literal["error", "lost", "truncated", "garbage", "html", "shape", "empty", "silent"]
WRONGS: tuple[Wrong, ...] = get_args(Wrong)


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    latency: float = 0.0  # seconds between the work and its answer
    jitter: float = 0.0
    trickle: int = 0  # bytes per second of the answer's body
    wrong: Wrong | None = None
    status: int = 500  # of "error"
    retry_after: float | None = None  # seconds; answer 429


class Active:
    """A trouble in force. The first `skip` calls that it could meet go well; it ends after `times` more."""

    def __init__(self, trouble: Trouble, *, path: str, skip: int, times: int | None) -> None:
        self.trouble = trouble
        self.over = asyncio.Event()
        self._path = re.compile(path)
        self._skip = skip
        self._left = times

    def meets(self, call: Call) -> bool:
        if self.over.is_set() or self._path.search(call.path) is None:
            return False
        if self._skip > 0:
            self._skip -= 1
            return False
        if self._left is None:
            return True
        self._left -= 1
        return self._left >= 0

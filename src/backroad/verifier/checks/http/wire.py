"""No check: bytes to the target and what came back, below what the recording client can say."""

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from backroad.verifier import Bench, Failed, LostAnswer
from backroad.verifier.curl import describe
from backroad.verifier.wording import either, excerpt_bytes

STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
QUIET = 0.4  # seconds without a byte after an answer: nothing more comes


class Heard(msgspec.Struct, frozen=True):
    sent: bytes
    data: bytes
    closed: bool

    @property
    def statuses(self) -> list[int]:
        return [int(found) for found in STATUS.findall(self.data)]

    def __str__(self) -> str:
        answers = f"{' and '.join(map(str, self.statuses))}" if self.statuses else "no answer"
        return f"{answers}, the connection {'closed' if self.closed else 'still open'}"


async def say(bench: Bench, data: bytes, *, answers: int = 0, limit: float = 5.0) -> Heard:
    """Write these bytes to a connection of their own; listen until it is closed, silent, or `answers` have begun."""
    deadline = time.monotonic() + limit
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(*bench.target.address), limit)
    except OSError:
        raise Failed(expected="a connection", got="none: the target refused it", sent=excerpt_bytes(data)) from None
    heard, closed = b"", False
    try:
        writer.write(data)
        while (left := deadline - time.monotonic()) > 0 and not closed:
            more = await asyncio.wait_for(reader.read(65_536), min(left, QUIET) if heard else left)
            heard, closed = heard + more, not more
            if answers and len(STATUS.findall(heard)) >= answers and heard.endswith((b"}", b"\r\n\r\n")):
                break
    except TimeoutError:
        pass
    except OSError:
        closed = True
    finally:
        writer.transport.abort()
    result = Heard(data, heard, closed)
    bench.log(f"{excerpt_bytes(data)}: {result}")
    return result


def refused(heard: Heard, what: str, *, statuses: tuple[int, ...]) -> None:
    """Nothing but refusals, or no answer and a closed connection."""
    fine = all(status in statuses for status in heard.statuses) if heard.statuses else heard.closed
    if not fine:
        raise Failed(
            sent=f"{what}: {excerpt_bytes(heard.sent, 160)}", expected=f"{either(statuses)}, or a closed connection",
            got=str(heard),
        )  # fmt: skip


@contextmanager
def during(what: str) -> Iterator[None]:
    """A finding of the block says what went on meanwhile."""
    try:
        yield
    except LostAnswer as lost:
        got, exchanges = f"no answer: the target {lost.reason}", (lost.exchange,)
        raise Failed(
            sent=f"{describe(exchanges)}, {what}", expected="an answer", got=got, exchanges=exchanges
        ) from None
    except Failed as failed:
        sent = f"{failed.sent or describe(failed.exchanges)}, {what}"
        raise Failed(sent=sent, expected=failed.expected, got=failed.got, exchanges=failed.exchanges) from None

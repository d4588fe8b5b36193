"""Requests released together: all but the last byte of each is sent first, on open connections."""

import asyncio
import time
from collections.abc import Sequence

from backroad.verifier.answer import Answer, NoAnswer
from backroad.verifier.connection import Connection, NoReply
from backroad.verifier.exchange import Headers, Request
from backroad.verifier.journal import Journal
from backroad.verifier.record import Record
from backroad.verifier.target import Target
from backroad.verifier.wording import seconds

SETTLE = 0.02  # seconds for the target to accept the connections and read what has been sent
PATIENCE = 0.25  # seconds for connections to be accepted: the kernel does that at once while its queue has room

Loading = asyncio.Task[Connection | NoReply]


async def release_together(
    requests: Sequence[Request], target: Target, journal: Journal, *, timeout: float, max_body: int
) -> list[Answer | NoAnswer]:
    """Answers in order of the requests; `timeout` counts from the release.

    A target that serves one connection at a time has a short queue: what does not fit in goes out in later waves.
    """
    outcomes: dict[int, Answer | NoAnswer] = {}
    records = dict(enumerate(Record.of(journal, request, target.netloc, Headers()) for request in requests))
    while records:
        answered = await wave(records, target, journal, timeout, max_body, first=not outcomes)
        outcomes.update(answered)
        records = {index: record for index, record in records.items() if index not in answered}
        if records:
            journal.line(
                f"{len(records)} of {len(requests)} connections were not accepted in time: sent after the others"
            )
    return [outcomes[index] for index in sorted(outcomes)]


async def wave(
    records: dict[int, Record], target: Target, journal: Journal, timeout: float, max_body: int, *, first: bool
) -> dict[int, Answer | NoAnswer]:
    """Release all requests whose connection is accepted; at least one of them is, or fails."""
    opened: list[Connection] = []
    loads: dict[int, Loading] = {}
    for index, record in records.items():
        record.together = first
        record.lane = record.lane or journal.lane()
        loads[index] = asyncio.ensure_future(load(record, opened, target, timeout, max_body))
    try:
        await asyncio.wait(loads.values(), timeout=PATIENCE)
        await asyncio.wait(loads.values(), return_when=asyncio.FIRST_COMPLETED)  # each ends within `timeout`
        await asyncio.sleep(SETTLE)
        ready = {index: task.result() for index, task in loads.items() if task.done()}
        now = time.perf_counter()
        with journal.waiting(now + timeout):
            for index, connection in ready.items():
                if isinstance(connection, Connection):
                    connection.finish((records[index].body or records[index].head)[-1:])
            for index in ready:
                records[index].began = now
            answers = await asyncio.gather(*(collect(records[index], one, timeout) for index, one in ready.items()))
        return dict(zip(ready, answers, strict=True))
    finally:
        for task in loads.values():
            task.cancel()
        for connection in opened:
            connection.close()


async def load(
    record: Record, opened: list[Connection], target: Target, timeout: float, max_body: int
) -> Connection | NoReply:
    """Open a connection and send all but the last byte; one that the target closes meanwhile says so later."""
    try:
        connection = await Connection.open(target.address, record.lane, timeout, target.security)
    except NoReply as lost:
        return lost
    opened.append(connection)
    connection.expect(head_only=record.head_only, max_body=max_body)
    connection.write((record.head + record.body)[:-1])
    try:
        async with asyncio.timeout(timeout):
            await connection.drained()
    except TimeoutError:
        return NoReply(f"did not read the request within {seconds(timeout)}", sent=False, timed_out=True)
    return connection


async def collect(record: Record, connection: Connection | NoReply, timeout: float) -> Answer | NoAnswer:
    if isinstance(connection, NoReply):
        return record.no_answer(connection)
    try:
        return record.answer(await connection.reply(timeout))
    except NoReply as lost:
        return record.no_answer(lost)

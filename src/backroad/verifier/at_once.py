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

SETTLE = 0.01  # seconds for the target to accept the connections and read what has been sent


async def release_together(
    requests: Sequence[Request], target: Target, journal: Journal, *, timeout: float, max_body: int
) -> list[Answer | NoAnswer]:
    """Answers in order of the requests; `timeout` counts from the release."""
    records = [Record.of(journal, request, target.netloc, Headers()) for request in requests]
    for record in records:
        record.together = True
        record.lane = journal.lane()
    opened: list[Connection] = []
    try:
        loads = (load(record, opened, target, timeout, max_body) for record in records)
        loaded = await asyncio.gather(*loads)
        await asyncio.sleep(SETTLE)
        now = time.perf_counter()
        with journal.waiting(now + timeout):
            for record, connection in zip(records, loaded, strict=True):
                if isinstance(connection, Connection):
                    connection.finish((record.body or record.head)[-1:])
            for record in records:
                record.began = now
            waits = (collect(record, one, timeout) for record, one in zip(records, loaded, strict=True))
            return list(await asyncio.gather(*waits))
    finally:
        for connection in opened:
            connection.close()


async def load(
    record: Record, opened: list[Connection], target: Target, timeout: float, max_body: int
) -> Connection | NoReply:
    """Open a connection and send all but the last byte; one that the target closes meanwhile says so later."""
    try:
        connection = await Connection.open(target.address, record.lane, timeout)
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

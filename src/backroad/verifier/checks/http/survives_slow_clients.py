import asyncio
import contextlib
import json

from backroad.verifier import Bench, check, expect
from backroad.verifier.checks.http.wire import during
from backroad.verifier.client import RawConnection
from backroad.verifier.driver import LabDriver, Person

HEADS, BODIES, SERVED = 40, 20, 10


@check(needs=("data.creates",), seconds=30)
async def run(bench: Bench) -> None:
    """While sixty clients send their requests a byte at a time, everybody else is served.

    Sixty phones in a tunnel, or one person with a script: if each slow request holds a worker or a lock, a handful of
    them stops a server that has nothing to do.

    Fix: read requests on an event loop, or with many more threads than you have slow clients, and put a time limit on
    heads and bodies; never hold a lock or a database connection while a body is being read.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    expect.status(await person.client.get(driver.collection.path), 200)  # alone, before
    slow = [await bench.connect() for _ in range(HEADS + BODIES)]
    for connection in slow[:HEADS]:
        await connection.send(f"GET {driver.health} HTTP/1.1\r\nHost: {bench.target.netloc}\r\nX-Slow: ".encode())
    for connection in slow[HEADS:]:
        await connection.send(begun(bench, person))
    trickle = asyncio.create_task(drip(slow))
    try:
        await asyncio.sleep(0.2)
        with during("while sixty others send slowly"):
            for _ in range(SERVED):
                expect.status(await bench.client().get(driver.health), 200)
                made = await bench.client(person.credentials).post(driver.collection.path, json=driver.draft())
                expect.status(made, 201)
    finally:
        trickle.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await trickle
    for connection in slow:
        connection.close()
    expect.status(await bench.client().get(driver.health), 200)


def begun(bench: Bench, person: Person) -> bytes:
    """All of a request but most of its body."""
    head, body = person.request("POST", bench.driver.collection.path, json=bench.driver.draft()).encode(
        bench.target.netloc
    )
    assert json.loads(body)
    return head + body[:5]


async def drip(connections: list[RawConnection]) -> None:
    while True:
        await asyncio.sleep(0.25)
        for connection in connections:
            if not connection.closed:
                await connection.send(b" ")

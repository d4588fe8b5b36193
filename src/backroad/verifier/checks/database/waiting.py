"""No check: what several checks ask of a target whose database does not answer."""

import asyncio
import time

from backroad.verifier import Bench, Failed, expect
from backroad.verifier.answer import NoAnswer
from backroad.verifier.checks.http.wire import during
from backroad.verifier.driver import Person, Thing
from backroad.verifier.drivers.database import OnDatabase
from backroad.verifier.wording import seconds


async def refused_in_time(bench: Bench, person: Person, thing: Thing, state: str) -> None:
    """Reads and writes at once: each is answered 503 with Retry-After within `answers_within` seconds."""
    with during(f"while the database {state}"):
        await each_refused(bench, person, thing)


async def works_again(bench: Bench, person: Person, thing: Thing) -> None:
    """Within `recovers_within` seconds no 503 any more, but 200."""
    driver: OnDatabase = bench.driver
    deadline = time.monotonic() + driver.recovers_within
    while (answer := await person.client.get(thing.path, timeout=driver.answers_within)).status == 503:
        if time.monotonic() > deadline:
            break
        await asyncio.sleep(0.1)
    expect.status(answer, 200)


async def each_refused(bench: Bench, person: Person, thing: Thing) -> None:
    driver: OnDatabase = bench.driver
    path = driver.collection.path
    requests = [
        person.request("GET", thing.path),
        person.request("GET", path),
        person.request("POST", path, json=driver.draft()),
        person.request("PATCH", thing.path, json={driver.collection.text: "while it is away"}),
    ]
    answers = await bench.at_once(requests * 2, timeout=driver.answers_within)
    for answer in answers:
        if isinstance(answer, NoAnswer):
            raise Failed(
                expected=f"503 within {seconds(driver.answers_within)}",
                got=f"no answer: the target {answer.reason}",
                exchanges=[answer.exchange],
            )
        expect.problem(answer, 503)
        expect.header(answer, "Retry-After")
    expect.status(await bench.client().get(driver.health), 200)

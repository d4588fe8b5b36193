import asyncio

from backroad.verifier import Answer, Bench, LostAnswer, NoAnswer, check, expect
from backroad.verifier.client import RawConnection
from backroad.verifier.driver import LabDriver, Person

AT_WORK = 5


@check(needs=("durability.survives_restart",), seconds=30, control=True)
async def run(bench: Bench) -> None:
    """Requests that have begun when SIGTERM arrives are finished and answered, and what they made is kept.

    At each deploy some requests are under way. Dropped, they are errors on somebody's screen, or orders that nobody
    knows whether they were placed.

    Fix: on SIGTERM stop accepting, wait for the requests that have begun, answer them with Connection: close, then
    exit.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    answers = await stop_at_work(bench, person)
    if any(isinstance(answer, NoAnswer) for answer in answers):
        # Once more: on a busy machine the server may not have read the requests before it was told to stop.
        await bench.target.start()
        answers = await stop_at_work(bench, person)
    expect.all_of(answers, 201)
    await bench.target.start()
    for answer in answers:
        shown = await person.client.get(driver.path_of(expect.status(answer, 201)))
        expect.status(shown, 200)


async def stop_at_work(bench: Bench, person: Person) -> list[Answer | NoAnswer]:
    """Sends all but the last byte of some requests, then SIGTERM, then the last bytes."""
    driver: LabDriver = bench.driver
    requests = [person.request("POST", driver.collection.path, json=driver.draft()) for _ in range(AT_WORK)]
    encoded = [b"".join(request.encode(bench.target.netloc)) for request in requests]
    connections = [await bench.connect() for _ in requests]
    for connection, data in zip(connections, encoded, strict=True):
        await connection.send(data[:-1])
    await asyncio.sleep(0.1)
    await bench.client().get(driver.health)  # what was sent before this has been read by now
    stopping = asyncio.create_task(bench.target.stop())
    await asyncio.sleep(0.2)
    ends = (finish(connection, data[-1:]) for connection, data in zip(connections, encoded, strict=True))
    answers = await asyncio.gather(*ends)
    stopped = await stopping
    got = "still running when killed" if stopped.killed else f"exit status {stopped.exit_code}"
    expect.that(stopped.exit_code == 0, expected="exit with status 0", got=got)
    return answers


async def finish(connection: RawConnection, end: bytes) -> Answer | NoAnswer:
    await connection.send(end)
    try:
        return await connection.answer()
    except LostAnswer as lost:
        return lost.no_answer

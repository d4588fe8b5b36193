import asyncio

from backroad.verifier import Answer, Bench, LostAnswer, NoAnswer, check, expect
from backroad.verifier.client import RawConnection
from backroad.verifier.driver import LabDriver

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
    requests = [person.request("POST", driver.collection.path, json=driver.draft()) for _ in range(AT_WORK)]
    connections = [await bench.connect() for _ in requests]
    ends = []
    for connection, request in zip(connections, requests, strict=True):
        head, body = request.encode(bench.target.netloc)
        await connection.send(head + body[:-1])
        ends.append(body[-1:])
    await asyncio.sleep(0.1)
    stopping = asyncio.create_task(bench.target.stop())
    await asyncio.sleep(0.2)
    answers = await asyncio.gather(*(finish(*pair) for pair in zip(connections, ends, strict=True)))
    stopped = await stopping
    expect.all_of(answers, 201)
    expect.that(stopped.exit_code == 0, expected="exit with status 0", got=f"exit status {stopped.exit_code}")
    await bench.target.start()
    for answer in answers:
        shown = await person.client.get(driver.path_of(expect.status(answer, 201)))
        expect.status(shown, 200)


async def finish(connection: RawConnection, end: bytes) -> Answer | NoAnswer:
    await connection.send(end)
    try:
        return await connection.answer()
    except LostAnswer as lost:
        return lost.no_answer

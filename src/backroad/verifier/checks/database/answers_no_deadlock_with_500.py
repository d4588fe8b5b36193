from backroad.verifier import Bench, Failed, check, expect
from backroad.verifier.drivers.database import OnDatabase

AT_ONCE = 8
TIMES = 2  # in a row; the third attempt succeeds


@check(needs=("data.creates",), seconds=40)
async def run(bench: Bench) -> None:
    """A transaction that the database gave up because of others is done again, and is not an error for the client.

    A deadlock or a serialization failure means: nothing happened, try again. It comes with load, at random, to people
    who did nothing wrong.

    Fix: run the whole transaction again on SQLSTATE 40001 and 40P01, a few times with a short random pause; and lock
    rows in one order (sorted ids), so that it hardly ever happens.
    """
    driver: OnDatabase = bench.driver
    proxy = bench.dependency(driver.database)
    person = await driver.person()
    requests = await driver.tangle(person, AT_ONCE)
    for sqlstate, what in (("40P01", "a deadlock"), ("40001", "a serialization failure")):
        async with proxy.fail(1, sqlstate, matching=r"^\s*(UPDATE|INSERT|DELETE)", times=TIMES) as planned:
            answer = await person.client.send(requests[0], timeout=driver.answers_within)
        if not planned.hit:
            bench.unclear("the target sends no UPDATE, INSERT or DELETE to the database of DATABASE_URL")
        if answer.status != 200:
            raise Failed(
                sent=f"a change during which the database reports {what} ({sqlstate}) twice",
                expected="200, after another attempt",
                got=str(answer.status),
                exchanges=[answer.exchange],
            )
    async with proxy.latency(0.005):  # so that they meet in the middle
        answers = await bench.at_once(requests, timeout=2 * driver.answers_within)
    expect.all_of(answers, 200)

from backroad.verifier import Answer, Bench, Failed, LostAnswer, check
from backroad.verifier.driver import Person
from backroad.verifier.drivers.database import OnDatabase
from backroad.verifier.wording import count

MOST = 30  # statements of one request that are tried
AGAIN = 50  # as many statements fail in a row: those of a second attempt too


@check(needs=("data.creates", "database.recovers_after_a_restart"), seconds=60)
async def run(bench: Bench) -> None:
    """Whichever statement of a request fails, all of the request is there or nothing of it.

    A project without its tasks, an order without its lines: half of a write is found weeks later, by a customer. It
    needs a full disk or a lost connection at one certain moment, which nobody tests by hand.

    Fix: all statements of one request in one transaction on one connection; commit once, at the end, and answer after
    that; roll back on every error.
    """
    driver: OnDatabase = bench.driver
    proxy = bench.dependency(driver.database)
    person = await driver.person()
    request, name = driver.whole(person)
    async with proxy.counting() as seen:
        await judge(bench, person, name, await person.client.send(request), "no statement failed")
    if not seen.count:
        bench.unclear("the target sends no statement to the database of DATABASE_URL")
    for number in range(1, min(seen.count, MOST) + 1):
        for how in ("fails", "is lost"):
            request, name = driver.whole(person)
            planned = proxy.fail(number, "53100", times=AGAIN) if how == "fails" else proxy.lose(number, when="before")
            async with planned:
                try:
                    answer: Answer | None = await person.client.send(request, timeout=driver.answers_within)
                except LostAnswer:
                    answer = None  # unknown: all or nothing will do
            where = f"statement {number} {how}" if planned.hit else "no statement failed"
            await judge(bench, person, name, answer, where)


async def judge(bench: Bench, person: Person, name: str, answer: Answer | None, where: str) -> None:
    there, whole = await bench.driver.left(person, name)
    wanted = (0, whole) if answer is None else (whole,) if 200 <= answer.status < 300 else (0,)
    if there not in wanted:
        said = "no answer" if answer is None else str(answer.status)
        raise Failed(
            sent=f"a request that writes {count(whole)} rows, while {where}",
            expected="all of them after a 2xx, none after anything else",
            got=f"{said}, and {count(there)} of {count(whole)} rows are there",
            exchanges=() if answer is None else [answer.exchange],
        )

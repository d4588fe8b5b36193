import asyncio

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce

SECONDS, MOST = 2.0, 14


@check(needs=("payments.charges_once_when_the_answer_is_lost",), seconds=40)
async def run(bench: Bench) -> None:
    """A provider that answers 500 is asked again after a pause, not as fast as it answers.

    A server that struggles gets all its clients' retries on top. A loop without a pause turns a hiccup of a minute into
    an outage of an hour.

    Fix: wait before each attempt, twice as long as before the last one up to a bound, with some chance in it.
    """
    driver: Commerce = bench.driver
    payments = bench.standin("payments")
    seller = await driver.person()
    shopper = await driver.shopper(await driver.ware(seller))
    async with payments.wrong("error", path="^/v1/charges$"), payments.counting() as calls:
        answer = expect.status(await driver.place(shopper), (201, 202))
        await asyncio.sleep(SECONDS)
    got = f"{calls.count} calls"
    expected = f"at most {MOST} calls for one order while the provider fails"
    expect.that(calls.count <= MOST, expected=expected, got=got, answer=answer)
    await driver.becomes(shopper.person, driver.order_of(answer), driver.paid)

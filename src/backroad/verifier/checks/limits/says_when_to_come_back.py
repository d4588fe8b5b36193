import asyncio
import time

from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.client import Client
from backroad.verifier.drivers.http import Http
from backroad.verifier.exchange import Request


@check(needs=("access.lets_you_in",), seconds=30)
async def run(bench: Bench) -> None:
    """Whoever asks too often is answered 429 with Retry-After, and is served again after that time.

    A client that is told when to come back waits that long. One that is not tries again at once, and its retries are
    most of your load.

    Fix: count per person in a window or a bucket; answer 429 with the seconds until the next request will be taken, and
    do not count what was refused.
    """
    driver: Http = bench.driver
    person = await driver.person()
    client, request = person.client, driver.limited(person)
    for _ in range(3):  # a slow machine may take longer for them than the window is
        began = time.monotonic()
        answers = [await client.send(request) for _ in range(driver.allowance)]
        if time.monotonic() - began < driver.window / 2:
            break
        await asyncio.sleep(driver.window)
    else:
        bench.unclear("the target answers too slowly to reach its own limit")
    expect.all_of(answers, 200)
    refused = await until_refused(bench, client, request)
    expect.problem(refused, 429)
    wait = expect.header(refused, "Retry-After", matches=r"^\d+$")
    most = max(1, int(driver.window))
    got = f"Retry-After: {wait}"
    expect.that(1 <= int(wait) <= most, expected=f"Retry-After from 1 to {most}", got=got, answer=refused)
    await asyncio.sleep(int(wait) + 0.1)
    expect.status(await client.send(request), 200)


async def until_refused(bench: Bench, client: Client, request: Request) -> Answer:
    """A fixed window may have ended in the middle: twice as many as allowed fit into two of them."""
    for _ in range(bench.driver.allowance + 1):
        answer = await client.send(request)
        if answer.status == 429:
            break
    return answer

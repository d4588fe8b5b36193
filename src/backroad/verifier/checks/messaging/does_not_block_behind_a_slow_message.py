from functools import partial

from backroad.verifier import Bench, Failed, check
from backroad.verifier.driver import Person
from backroad.verifier.drivers.messaging import Messaging

SLOW, OTHERS = 2.0, 5


@check(needs=("messaging.keeps_order_per_key",), seconds=40)
async def run(bench: Bench) -> None:
    """A slow job does not hold up jobs of other keys.

    One consumer that takes one message after the other is as slow as its slowest customer: a big import, and nobody's
    small order moves.

    Fix: work several messages at once, one for each key (a prefetch above 1, a task or a worker for each), or give slow
    kinds of work a queue of their own.
    """
    driver: Messaging = bench.driver
    person = await driver.person()
    if await overtaken(driver, person) or await overtaken(driver, person):  # once more: the machine may have slept
        return
    raise Failed(
        sent=f"two jobs of one key that take {SLOW:.0f} s each, then {OTHERS} quick ones of other keys",
        expected="the quick ones are done first",
        got="the slow ones were done first",
    )


async def overtaken(driver: Messaging, person: Person) -> bool:
    """Whether quick jobs of other keys are done before slow ones that were sent first."""
    slow_key = await driver.job_key(person)
    keys = [await driver.job_key(person) for _ in range(OTHERS)]
    slow = [await driver.send_job(person, slow_key, takes=SLOW) for _ in range(2)]
    for key in keys:
        await driver.send_job(person, key)
    for key in keys:
        await driver.until(partial(driver.effects, person, key), bool)
    return len(await driver.effects(person, slow_key)) < len(slow)

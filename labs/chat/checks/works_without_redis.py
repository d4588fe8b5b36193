import asyncio

from backroad.verifier import Bench, check
from backroad.verifier.wording import count

EACH = 10


@check(needs=("realtime.spreads_across_instances",), seconds=40, control=True)
async def run(bench: Bench) -> None:
    """While Redis is away messages are still taken and delivered, and those on the other process come later, all.

    Pub/sub forgets what nobody hears. What was published while a connection to Redis was down is gone, and only the
    people on one of the two processes ever see it.

    Fix: let Redis say that there is something new, and read what it is from the database; look there once in a while
    even if nobody says so. Never wait for Redis before you acknowledge.
    """
    driver = bench.driver
    redis = bench.dependency("redis")
    other = await bench.second_instance()
    people = [await driver.person() for _ in range(2)]
    room = await driver.room(*people)
    here, there = await driver.sit(room, people[0]), await driver.sit(room, people[1], target=other)
    await here.say("while all is well")
    await there.hears(1, 10)
    async with redis.down():
        for number in range(EACH):
            await here.say(f"without Redis {number}")
        await here.hears(EACH + 1)
        await asyncio.sleep(0.5)
    await there.hears(EACH + 1, 15, what=f"{count(EACH + 1)} messages on the other process, once Redis is back")
    numbers = [heard.seq for heard in there.heard]
    if numbers != list(range(1, EACH + 2)):
        raise there.failed("each message once, in order", "another order, or one twice")

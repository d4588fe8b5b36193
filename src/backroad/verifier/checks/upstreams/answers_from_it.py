from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.upstreams import Upstreams


@check(control=True, seconds=15)
async def run(bench: Bench) -> None:
    """What the upstream says is what the client gets, with the settings that the environment gives.

    Every further check starts an instance with settings of its own. One that ignores them would be judged for the wrong
    reason.

    Fix: read each setting of the contract from the environment at the start, and put nothing into its place.
    """
    driver: Upstreams = bench.driver
    subject = await driver.subject()
    instance = await driver.instance(fresh=0)
    async with driver.standin.counting() as seen:
        first = expect.status(await instance.ask(subject), 200)
    expect.that(seen.count > 0, expected="a call of the upstream", got="none", answer=first)
    driver.change(subject)
    second = expect.status(await instance.ask(subject), 200)
    news = driver.content(second) != driver.content(first)
    expect.that(news, expected="what the upstream says now, where nothing is kept", got="the old answer", answer=second)

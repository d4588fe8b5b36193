from backroad.verifier import Bench, check, expect

FAILURES = 3


@check(needs=("upstreams.opens_the_breaker", "weather.answers_unknown_cities"), control=True, seconds=15)
async def run(bench: Bench) -> None:
    """Unknown cities do not open the breaker, and are asked for once.

    A breaker that counts every status but 200 lets one visitor with a list of misspelled names switch off the weather
    for all.

    Fix: count what says something of the upstream's health: timeouts, lost connections, 5xx, answers of no use. A 404
    is none of them, nor a reason to try again.
    """
    driver = bench.driver
    instance = await driver.instance(failures=FAILURES, cooldown=60)
    async with driver.standin.counting() as seen:
        answers = [await instance.ask(driver.unknown()) for _ in range(3 * FAILURES)]
    expect.all_of(answers, 404)
    expected = f"{len(answers)} calls of the upstream"
    expect.that(seen.count == len(answers), expected=expected, got=f"{seen.count} calls", answer=answers)
    expect.status(await instance.ask(await driver.subject()), 200)

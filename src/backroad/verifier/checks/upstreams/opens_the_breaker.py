from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.upstreams import Upstreams, while_

FAILURES, REQUESTS, AFTER, COOLDOWN = 5, 10, 5, 60


@check(needs=("upstreams.answers_from_it",), control=True, seconds=30)
async def run(bench: Bench) -> None:
    """After so many failed calls in a row the upstream is left alone: 503 with Retry-After, at once, without a call.

    Calls that fail cost everybody time, and keep a sick upstream from getting well. One failure is no reason yet.

    Fix: count failed calls in a row, a success sets the count to zero; at the limit refuse for BREAKER_SECONDS before
    you call, and say in Retry-After how long.
    """
    driver: Upstreams = bench.driver
    standin = driver.standin
    instance = await driver.instance(failures=FAILURES, cooldown=COOLDOWN)
    async with standin.wrong("error"):
        with while_("the upstream answers 500"):
            driver.refusal(await instance.ask(await driver.subject()), 502)
    with while_("the upstream is well again, after one failure"):
        expect.status(await instance.ask(await driver.subject()), 200)
    async with standin.wrong("error"):
        for _ in range(REQUESTS):
            driver.refusal(await instance.ask(await driver.subject()), (502, 503))
        async with standin.counting() as seen:
            for _ in range(AFTER):
                with while_(f"the upstream answered 500 to {REQUESTS} requests before"):
                    answer = expect.status(await instance.ask(await driver.subject()), 503)
                    driver.refusal(answer, 503)
                    wait = expect.header(answer, "retry-after", matches=r"^\d+$")
                    expected = f"Retry-After from 1 to {COOLDOWN}"
                    fits = 1 <= int(wait) <= COOLDOWN
                    expect.that(fits, expected=expected, got=f"Retry-After: {wait}", answer=answer)
                    expected = "no call of the upstream"
                    expect.that(seen.count == 0, expected=expected, got=f"{seen.count}", answer=answer)

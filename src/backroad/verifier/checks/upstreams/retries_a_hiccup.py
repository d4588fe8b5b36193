from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.upstreams import Upstreams, while_

HICCUPS = {
    "error": "the upstream answers 503 once and is well again",
    "lost": "the upstream loses one connection and is well again",
}


@check(needs=("upstreams.answers_from_it",), control=True, seconds=20)
async def run(bench: Bench) -> None:
    """A call that fails once is made once more, and the client notices nothing.

    A deploy of theirs, one broken connection of a pool: most failures are over before a person could press reload.

    Fix: repeat a read once after a connection error or a 5xx, after a short random pause.
    """
    driver: Upstreams = bench.driver
    instance = await driver.instance()
    for kind, trouble in HICCUPS.items():
        async with driver.standin.wrong(kind, status=503, times=1), driver.standin.counting() as seen:
            with while_(trouble):
                answer = expect.status(await instance.ask(await driver.subject()), 200)
                expected = "two calls of the upstream"
                expect.that(seen.count == 2, expected=expected, got=f"{seen.count} calls", answer=answer)

from functools import partial

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.upstreams import Upstreams, while_


@check(needs=("http.answers_health",), seconds=20)
async def run(bench: Bench) -> None:
    """The health path says what this process can do, whatever the upstream does, and does not ask it.

    An orchestrator restarts what is unhealthy. If your health is theirs, their bad minute restarts all your instances,
    and the caches that would have helped are empty.

    Fix: answer health from the process alone; show the state of upstreams in metrics.
    """
    driver: Upstreams = bench.driver
    client, standin = bench.client(), driver.standin
    for trouble, begin in (
        ("the upstream is down", standin.down),
        ("the upstream never answers", partial(standin.wrong, "silent")),
        ("the upstream answers 500", partial(standin.wrong, "error")),
    ):
        async with begin(), standin.counting() as seen:
            with while_(trouble):
                answer = expect.status(await client.get(driver.health), 200)
                expect.that(seen.count == 0, expected="no call of the upstream", got=f"{seen.count}", answer=answer)

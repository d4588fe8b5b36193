import time
from functools import partial

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.upstreams import Upstreams, while_

TIMEOUT, LIMIT, TRIES = 0.3, 2.5, 3


@check(needs=("upstreams.answers_from_it",), control=True, seconds=60)
async def run(bench: Bench) -> None:
    """An upstream that is silent, slow, or sends its answer byte by byte costs the client a bounded time.

    Without a limit one hanging upstream holds a connection, a thread and a client each, until there are none left. A
    limit from byte to byte never ends an answer that trickles.

    Fix: one deadline around the whole call, from connecting to the last byte (asyncio.timeout, AbortSignal.timeout,
    context.WithTimeout, HttpRequest.timeout with a limit on the body), and 504 when it passes.
    """
    driver: Upstreams = bench.driver
    standin = driver.standin
    instance = await driver.instance(timeout=TIMEOUT)
    for trouble, begin in (
        ("the upstream never answers", partial(standin.wrong, "silent")),
        ("the upstream takes a minute to answer", partial(standin.slow, 60)),
        ("the upstream sends ten bytes a second", partial(standin.trickle, 10)),
    ):
        async with begin():
            times = []
            for _ in range(TRIES):
                began = time.perf_counter()
                with while_(trouble):
                    answer = await instance.ask(await driver.subject())
                    times.append(time.perf_counter() - began)
                    driver.refusal(answer, 504)
                if times[-1] < LIMIT:
                    break
            got = f"{min(times):.1f} s, at the best of {TRIES}"
            expected = f"an answer within {LIMIT:g} s, where a call may take {TIMEOUT:g} s"
            with while_(trouble):
                expect.that(min(times) < LIMIT, expected=expected, got=got, answer=answer)

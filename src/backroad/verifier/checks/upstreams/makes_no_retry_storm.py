from functools import partial

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.upstreams import Upstreams, while_

REQUESTS = 5


@check(needs=("upstreams.retries_a_hiccup",), control=True, seconds=30)
async def run(bench: Bench) -> None:
    """An upstream that fails is asked twice for a request at most, and once where asking again cannot help.

    Each layer that tries three times multiplies: three layers make 27 calls of one. An upstream that was only tired is
    then kept down by those who wait for it.

    Fix: bound the attempts for each request, in one layer only; do not repeat after a timeout or a 4xx.
    """
    driver: Upstreams = bench.driver
    standin, most = driver.standin, driver.attempts
    instance = await driver.instance(timeout=0.5)
    for trouble, begin, allowed in (
        ("the upstream answers 500", partial(standin.wrong, "error"), most),
        ("the upstream answers 403", partial(standin.wrong, "error", status=403), 1),
        ("the upstream never answers", partial(standin.wrong, "silent"), 1),
    ):
        async with begin(), standin.counting() as seen:
            answers = [await instance.ask(await driver.subject()) for _ in range(REQUESTS if allowed > 1 else 1)]
        bound = allowed * len(answers)
        with while_(trouble):
            expected = f"at most {bound} call{'s' if bound > 1 else ''} of the upstream"
            expect.that(seen.count <= bound, expected=expected, got=f"{seen.count} calls", answer=answers)

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.upstreams import Upstreams, while_

KINDS = {
    "garbage": "the upstream sends bytes that are no JSON",
    "html": "the upstream sends an HTML page with status 200",
    "shape": "the upstream sends JSON of another shape",
    "empty": "the upstream sends an empty body with status 200",
    "truncated": "the upstream closes in the middle of its answer",
    "lost": "the upstream closes without an answer",
    "error": "the upstream answers 500",
}


@check(needs=("upstreams.answers_from_it",), control=True, seconds=30)
async def run(bench: Bench) -> None:
    """Whatever the upstream sends, the client gets 502 and a problem document, and the next answer is right again.

    Upstreams send error pages with 200, half an answer, or fields that were renamed on a Friday. Unjudged, that is your
    500, or worse: your cache.

    Fix: judge status, parsing and shape of every answer of an upstream, turn each failure into one exception, and that
    into 502; keep only what passed.
    """
    driver: Upstreams = bench.driver
    instance = await driver.instance()
    for kind, trouble in KINDS.items():
        subject = await driver.subject()
        async with driver.standin.wrong(kind):
            with while_(trouble):
                driver.refusal(await instance.ask(subject), 502)
        with while_(f"the upstream is well again, after {trouble.removeprefix('the upstream ')}"):
            again = expect.status(await instance.ask(subject), 200)
            driver.content(again)
    async with driver.standin.down():
        with while_("the upstream refuses connections"):
            driver.refusal(await instance.ask(await driver.subject()), 502)

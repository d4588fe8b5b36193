from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.drivers.cache import Caches, View

ROUNDS = 3


@check(needs=("access.lets_you_in",), seconds=20)
async def run(bench: Bench) -> None:
    """What one person sees is never shown to another, and no shared cache is allowed to do so either.

    A cache in front of a handler that knows who asks gives the first visitor's page to everybody after them. It has
    happened to banks.

    Fix: put the person into the key of every such cache, and send `Cache-Control: private` or `no-store` with answers
    that depend on who asks; never `public` or `s-maxage`.
    """
    driver: Caches = bench.driver
    person, other = await driver.person(), await driver.person()
    for theirs, others in await driver.personal(person, other):
        for _ in range(ROUNDS):
            for view in (theirs, others):
                judge(view, expect.status(await bench.client().send(view.request), 200))
        both = [theirs, others] * ROUNDS
        answers = await bench.at_once([view.request for view in both])
        for view, answer in zip(both, answers, strict=True):
            judge(view, expect.status(answer, 200))


def judge(view: View, answer: Answer) -> None:
    expect.field(answer, view.field, equals=view.wanted)
    told = (answer.headers.get("cache-control") or "").lower()
    shared = "public" in told or "s-maxage" in told
    expect.that(not shared, expected="no shared cache may keep it", got=f"Cache-Control: {told}", answer=answer)

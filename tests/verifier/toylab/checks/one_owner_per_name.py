from backroad.verifier import Bench, check, expect


@check(needs=("toylab.creates_a_thing",))
async def run(bench: Bench) -> None:
    """One name has one owner, even when eight clients claim it at once.

    Two owners of one name read each other's data.

    Fix: claim the name and check that it is free in one atomic step.
    """
    name = bench.word("promo")
    bench.log("8 clients racing")
    answers = await bench.at_once(8, bench.driver.request(name))
    expect.exactly_one(answers, status=201, rest=409)

from backroad.verifier import Bench, check, expect


@check(needs=("toylab.answers_health",))
async def run(bench: Bench) -> None:
    """A created thing answers 201 and can be read back.

    A client that cannot tell created from accepted sends twice.

    Fix: answer 201, and store the thing before answering.
    """
    name = bench.word("thing")
    answer = expect.status(await bench.driver.create(name), 201)
    expect.field(answer, "name", equals=name)
    expect.status(await bench.client().get(f"/things/{name}"), 200)

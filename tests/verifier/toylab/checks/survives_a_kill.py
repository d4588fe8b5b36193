from backroad.verifier import Bench, check, expect


@check(needs=("toylab.creates_a_thing",), control=True, seconds=10)
async def run(bench: Bench) -> None:
    """A thing that was answered with 201 is still there after kill -9.

    Machines lose power; a 201 is a promise.

    Fix: write to DATA_DIR before answering.
    """
    name = bench.word("kept")
    expect.status(await bench.driver.create(name), 201)
    await bench.target.kill()
    await bench.target.start()
    expect.status(await bench.client().get(f"/things/{name}"), 200)

from backroad.verifier import Bench, check, expect


@check()
async def run(bench: Bench) -> None:
    """GET /healthz answers 200 once the server can work.

    Whatever routes traffic asks here first.

    Fix: answer GET /healthz with 200.
    """
    expect.status(await bench.client().get("/healthz"), 200)

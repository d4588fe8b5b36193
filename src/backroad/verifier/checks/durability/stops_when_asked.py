from backroad.verifier import Bench, Failed, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("http.answers_health",), seconds=30, control=True)
async def run(bench: Bench) -> None:
    """On SIGTERM the server stops by itself with status 0, even while clients keep connections open.

    Orchestrators send SIGTERM at each deploy, wait, then kill. A server that waits for idle connections to go away, or
    does not listen to the signal, is killed in the middle of its work each time.

    Fix: handle SIGTERM: stop listening, close idle connections, finish what has begun, exit with 0.
    """
    driver: LabDriver = bench.driver
    idle = [bench.client() for _ in range(3)]
    for client in idle:
        await client.get(driver.health)
    stopped = await bench.target.stop()
    if stopped.killed or stopped.exit_code != 0:
        got = f"exit status {stopped.exit_code}"
        if stopped.killed:
            got = f"still running after {bench.target.server.stop_seconds:.0f} s"
        raise Failed(sent="SIGTERM, with three idle connections open", expected="exit with status 0", got=got)
    await bench.target.start()
    expect.status(await bench.client().get(driver.health), 200)

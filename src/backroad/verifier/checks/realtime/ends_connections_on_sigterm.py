import asyncio

from backroad.verifier import Bench, Failed, check
from backroad.verifier.drivers.realtime import Realtime


@check(needs=("realtime.closes_with_a_code",), seconds=40, control=True)
async def run(bench: Bench) -> None:
    """On SIGTERM every connection is closed with 1001 and the process ends with 0, though one client does not answer.

    WebSockets never end by themselves. A deploy that waits for them takes hours; one that cuts them looks like a
    failure to every client. 1001 says "come back", and they find the new process.

    Fix: keep a list of open connections; on SIGTERM stop accepting, close each with 1001, wait a second or two, and
    leave.
    """
    driver: Realtime = bench.driver
    _, _, seats = await driver.pair(3)
    deaf = seats[-1]
    deaf.socket.stop_reading()
    stopping = asyncio.create_task(bench.target.stop())
    closings = [await seat.socket.end(driver.stops_within + 2) for seat in seats[:-1]]
    stopped = await stopping
    deaf.socket.go_on_reading()
    if stopped.killed or stopped.exit_code != 0:
        got = (
            f"exit status {stopped.exit_code}"
            if not stopped.killed
            else f"still running after {driver.stops_within:.0f} s"
        )
        raise Failed(sent="SIGTERM, with three WebSockets open", expected="exit with status 0", got=got)
    for closing in closings:
        code = closing.code if closing is not None else None
        if code != 1001:
            raise Failed(sent="SIGTERM, with three WebSockets open", expected="close 1001 on each", got=str(closing))
    await bench.target.start()

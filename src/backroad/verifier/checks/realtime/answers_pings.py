from backroad.verifier import Bench, check
from backroad.verifier.drivers.realtime import Realtime


@check(needs=("realtime.delivers_to_everyone",), seconds=15)
async def run(bench: Bench) -> None:
    """A ping is answered by a pong with the same bytes, at once, also in the middle of the talk.

    Clients and proxies ask this way whether anybody is still there. A server that does not answer loses its
    connections every minute, and nobody finds out why.

    Fix: your WebSocket library answers pings while you read from the connection: read in a loop of its own, and do
    the work that a message asks for elsewhere.
    """
    driver: Realtime = bench.driver
    _, _, (seat, _) = await driver.pair()
    for data in (b"are you there?", b"", bytes(range(125))):
        seat.push("in between", id=bench.word("m-"))
        if not await seat.socket.ping(data):
            raise seat.failed(f"a pong with the same {len(data)} bytes", "none")
    await seat.taken(3)

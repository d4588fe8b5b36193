from backroad.verifier import Bench, check
from backroad.verifier.drivers.realtime import Realtime


@check(needs=("realtime.delivers_to_everyone",), seconds=25)
async def run(bench: Bench) -> None:
    """A text that is no message is answered with an error and changes nothing; binary ends the connection with 1003.

    An exception in the reading loop ends the connection, the client connects again and sends the same thing again: a
    bug in one version of an app becomes a storm.

    Fix: catch what decoding and judging raise for each message, and answer it with an error of the contract.
    """
    driver: Realtime = bench.driver
    room, people, (seat, listener) = await driver.pair()
    for number, (what, text) in enumerate(driver.nonsense().items(), 1):
        seat.socket.push(text)
        expected = f"an error in answer to {what}"
        await seat.refuses(number, expected)
    said = await seat.say("after all that")
    await listener.gets(said, "the message after the nonsense")
    if len(listener.heard) != 1:
        raise listener.failed("one message", f"{len(listener.heard)}, nonsense among them")
    other = await driver.sit(room, people[0])
    other.socket.push(b"\x00\x01\x02")
    closing = await other.socket.end(5)
    if closing is None or closing.code != 1003:
        got = str(closing) if closing is not None else "a connection that stays open"
        raise other.failed("close 1003 after a binary message", got)

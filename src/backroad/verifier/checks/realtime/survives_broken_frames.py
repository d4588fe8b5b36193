from backroad.verifier import Bench, check
from backroad.verifier.drivers.realtime import Realtime
from backroad.verifier.websocket_frames import CLOSE, CONTINUATION, PING, TEXT, frame

WRONG = {
    "a reserved bit": frame(TEXT, b"{}", reserved=4),
    "an opcode that does not exist": frame(3, b"{}"),
    "a frame without a mask": frame(TEXT, b"{}", masked=False),
    "a ping in fragments": frame(PING, b"a", fin=False),
    "a ping of 126 bytes": frame(PING, b"a" * 126),
    "the continuation of nothing": frame(CONTINUATION, b"{}"),
    "a message inside a message": frame(TEXT, b"{", fin=False) + frame(TEXT, b"{}"),
    "a close frame of one byte": frame(CLOSE, b"\x03"),
    "bytes that are not UTF-8": frame(TEXT, b'{"type": "\xff\xfe"}'),
    "a request instead of a frame": b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
}
CODES = (1002, 1003, 1007)


@check(needs=("realtime.delivers_to_everyone",), seconds=40)
async def run(bench: Bench) -> None:
    """A client that breaks the protocol is disconnected, with 1002 or 1007 if with a code, and nobody else notices.

    Sooner or later somebody sends random bytes. What a parser accepts by mistake, a proxy before it may read
    differently; what makes it throw may end the process.

    Fix: leave frames to a library that checks them, and catch what it raises for each connection, not for all.
    """
    driver: Realtime = bench.driver
    room, people, (bystander, writer) = await driver.pair()
    for what, data in WRONG.items():
        seat = await driver.sit(room, people[1])
        seat.socket.raw(data)
        closing = await seat.socket.end(5)
        if closing is None:
            raise seat.failed(f"the end of the connection after {what}", f"an open connection after {what}")
        if closing.said and closing.code not in CODES:
            raise seat.failed(f"close 1002 or 1007 after {what}", f"{closing} after {what}")
    said = await writer.say("still there")
    await bystander.gets(said, "a message to others")

import json

from backroad.verifier import Bench, check
from backroad.verifier.drivers.realtime import Realtime
from backroad.verifier.websocket_frames import CONTINUATION, TEXT, frame


@check(needs=("realtime.delivers_to_everyone",), seconds=25)
async def run(bench: Bench) -> None:
    """A message over the limit ends its connection with 1009, also in fragments or merely announced; others go on.

    A frame says its length first, up to eight exabytes. A server that makes room for what is announced, or collects
    fragments without end, is stopped by one client.

    Fix: set the limit of your WebSocket library (maxPayload, max_size, SetReadLimit), for whole messages and not only
    for frames.
    """
    driver: Realtime = bench.driver
    room, people, (bystander, writer) = await driver.pair()
    limit = driver.message_limit
    fits = json.dumps(driver.saying("fits", "just in")).ljust(limit)  # blanks after a document are JSON too
    writer.socket.push(fits)
    await writer.acknowledges("fits", f"a message of {limit} bytes acknowledged")
    parts = b"".join(frame(CONTINUATION, b" " * 4096, fin=False) for _ in range(limit // 4096 + 1))
    attacks = {
        f"a message of {limit + 1} bytes": frame(TEXT, (fits + " ").encode()),
        f"fragments of more than {limit} bytes together": frame(TEXT, b" ", fin=False) + parts,
        "a frame that announces 1 TiB": frame(TEXT, b" " * 1024, announced=1 << 40),
    }
    for what, data in attacks.items():
        seat = await driver.sit(room, people[1])
        seat.socket.raw(data)
        closing = await seat.socket.end(5)
        if closing is None or closing.code != 1009:
            shown = str(closing) if closing is not None else "an open connection"
            raise seat.failed(f"close 1009 after {what}", f"{shown} after {what}")
    before = len(bystander.heard)
    said = await writer.say("still there")
    await bystander.gets(said, "a message to others")
    if len(bystander.heard) != before + 1:
        raise bystander.failed("nothing of a message over the limit", "a part of it")

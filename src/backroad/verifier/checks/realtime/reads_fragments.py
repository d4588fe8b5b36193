import json

from backroad.verifier import Bench, check
from backroad.verifier.drivers.realtime import Realtime
from backroad.verifier.websocket_frames import CONTINUATION, PING, TEXT, frame


@check(needs=("realtime.answers_pings",), seconds=15)
async def run(bench: Bench) -> None:
    """A message in several frames is one message, wherever it is cut and even with a ping between its parts.

    Proxies and some clients cut messages where it suits them, also in the middle of a character. What looked at
    frames instead of messages works for months, then not behind that one proxy.

    Fix: put the frames together before you decode them; a library does that if you ask it for messages.
    """
    driver: Realtime = bench.driver
    _, _, (writer, listener) = await driver.pair()
    text = "cut into pieces: \U0001f422"
    whole = json.dumps(driver.saying("pieces", text), ensure_ascii=False).encode()
    cut = whole.index("\U0001f422".encode()) + 2
    parts = [frame(TEXT, whole[:5], fin=False), frame(PING, b"between"), frame(CONTINUATION, whole[5:cut], fin=False)]
    for data in (*parts, frame(CONTINUATION, b"", fin=False), frame(CONTINUATION, whole[cut:])):
        writer.socket.raw(data)
    await writer.acknowledges("pieces", "an acknowledgement of the message in four frames")
    heard = (await listener.hears(1))[0]
    if heard.text != text:
        raise listener.failed(f'the text "{text}"', f'"{heard.text}"')
    if not await writer.socket.ping(b"after"):
        raise writer.failed("a pong", "none")

from backroad.verifier import Bench, check
from backroad.verifier.drivers.realtime import Realtime
from backroad.verifier.websocket_frames import CLOSE, frame


@check(needs=("realtime.delivers_to_everyone",), seconds=20)
async def run(bench: Bench) -> None:
    """A close frame is answered by a close frame with the same code, then the connection ends.

    Without the answer a browser reports 1006, "abnormal", for every tab that was closed in peace, and nobody can tell
    those from the real failures.

    Fix: let your library finish the closing handshake; do not cut the connection when the reading loop ends.
    """
    driver: Realtime = bench.driver
    person = await driver.person()
    room = await driver.room(person)
    for what, payload, wanted in (
        ("close 1000", b"\x03\xe8", 1000),
        ("close 1001 with a reason", b"\x03\xe9bye", 1001),
        ("close 4321", (4321).to_bytes(2, "big"), 4321),
        ("close without a code", b"", None),
    ):
        seat = await driver.sit(room, person)
        seat.socket.raw(frame(CLOSE, payload))
        closing = await seat.socket.end(5)
        fine = (
            closing is not None and closing.said and (closing.code == wanted or (not payload and closing.code == 1000))
        )
        if not fine:
            answer = f"a close frame with {wanted}" if wanted else "a close frame"
            got = str(closing) if closing is not None else "a connection that stays open"
            raise seat.failed(f"{answer}, and the end of the connection, in answer to {what}", f"{got}, to {what}")

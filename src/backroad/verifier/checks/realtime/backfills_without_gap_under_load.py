import asyncio

from backroad.verifier import Bench, Failed, check
from backroad.verifier.drivers.realtime import Realtime, Seat

WRITERS, EACH, RETURNS = 3, 80, 8


@check(needs=("realtime.backfills_after_reconnect", "realtime.delivers_in_order"), seconds=30)
async def run(bench: Bench) -> None:
    """Coming back while others write neither skips a message nor shows one twice, at the seam of old and new.

    Between "read what was missed" and "listen for what is new" there is a gap, in which messages vanish. Listening
    first and reading then shows them twice. It only happens in rooms where somebody writes.

    Fix: let each connection read along the log from its own number: what is stored and what is new are one sequence.
    Or listen first, keep what comes, send the backlog, and then what was kept and has a higher number.
    """
    driver: Realtime = bench.driver
    room, people, seats = await driver.pair(WRITERS + 1)
    seats[0].socket.abort()
    writing = asyncio.gather(*(write(seat, bench) for seat in seats[1:]))
    seen: list[int] = []
    try:
        for _ in range(RETURNS):
            back = await driver.sit(room, people[0], after=seen[-1] if seen else 0)
            await back.reaches(12, 1)
            seen += [heard.seq for heard in back.heard]
            back.socket.abort()
    finally:
        await writing
    last = await driver.sit(room, people[0], after=seen[-1] if seen else 0)
    await last.comes(lambda: bool(last.heard) and last.heard[-1].seq >= WRITERS * EACH, 5)
    seen += [heard.seq for heard in last.heard]
    missing, doubled = len(set(range(1, WRITERS * EACH + 1)) - set(seen)), len(seen) - len(set(seen))
    fine = seen == list(range(1, WRITERS * EACH + 1))
    got = "some missing" if missing else "some twice" if doubled else "another order"
    bench.log(f"{missing} missing, {doubled} twice")
    expected = f"each of {WRITERS * EACH} messages once, in order, over {RETURNS + 1} connections"
    if not fine:
        sent = f"{RETURNS + 1} upgrades of one person, each with the number of the last message they had seen"
        raise Failed(sent=sent, expected=expected, got=got, exchanges=[seats[1].socket.answer.exchange])


async def write(seat: Seat, bench: Bench) -> None:
    for number in range(EACH):
        seat.push(f"message {number}", id=bench.word("m-"))
        await asyncio.sleep(0.01)
    await seat.taken(EACH, 10)

from backroad.verifier import Bench, check
from backroad.verifier.drivers.realtime import Realtime

WRITERS, EACH = 5, 90
LONG = "\u0001" * 1900  # 11 KB in JSON; together more than a kernel keeps for a connection that nobody reads
ALL = WRITERS * EACH


@check(needs=("realtime.loses_nothing_in_a_burst",), seconds=40)
async def run(bench: Bench) -> None:
    """A client that reads nothing holds up nobody; when it reads again, it misses nothing or has been disconnected.

    One phone on a bad line is in every room. A server that waits for it in the loop over all connections makes the
    whole room as slow as that phone.

    Fix: a queue and a writer for each connection, with a bound; beyond the bound, end that connection (it comes back
    and asks for what it missed), or let it read from the store at its own pace. Never drop messages in silence.
    """
    driver: Realtime = bench.driver
    people = [await driver.person() for _ in range(WRITERS + 1)]
    room = await driver.room(*people)
    slow = await driver.sit(room, people[-1], receive_buffer=4096)
    slow.socket.stop_reading()
    seats = await driver.seats(room, people[:-1])
    for number in range(EACH):
        for seat in seats:
            seat.push(f"{number} {LONG}", id=bench.word("m-"))
    for seat in seats:
        await seat.hears(ALL, 12, what=f"{ALL} messages beside a client that does not read")
    slow.socket.go_on_reading()
    await slow.reaches(ALL, 10)
    numbers = [heard.seq for heard in slow.heard]
    if not slow.socket.over and len(numbers) < ALL:
        raise slow.failed("the slow client gets all messages, or the end of its connection", "neither")
    if numbers != list(range(1, len(numbers) + 1)):
        raise slow.failed("no gap in what the slow client gets", "a gap")

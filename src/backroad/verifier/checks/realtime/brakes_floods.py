import time

from backroad.verifier import Bench, check
from backroad.verifier.drivers.realtime import Realtime
from backroad.verifier.wording import count, seconds


@check(needs=("realtime.loses_nothing_in_a_burst",), seconds=30)
async def run(bench: Bench) -> None:
    """Somebody who floods a room is refused beyond the limit, on all connections together, and others are not.

    A loop in a script writes thousands of messages in a second, each of which goes to everybody in the room.

    Fix: count messages for each person in a window of time, refuse those beyond the limit with an error, and do not
    store them.
    """
    driver: Realtime = bench.driver
    most, window = driver.flood
    room, people, (flooder, other) = await driver.pair()
    seats = [flooder, await driver.sit(room, people[0]), await driver.sit(room, people[0])]
    each = (2 * most + 40) // len(seats)  # two windows' worth and more: a fixed window may end in the middle
    began = time.perf_counter()
    for number in range(each):
        for seat in seats:
            seat.push(f"flood {number}", id=bench.word("m-"))
    for seat in seats:
        await seat.answered(each, 15)
    if time.perf_counter() - began > window:
        bench.unclear("the target answers too slowly to reach its own limit")
    taken = sum(len(seat.acked) for seat in seats)
    over = any(seat.socket.over for seat in seats)
    expected = f"about {most} of {each * len(seats)} messages taken in {seconds(window)}, the rest refused"
    fine = taken <= 2 * most and (over or any(seat.refused for seat in seats))
    flooder.must(fine, expected, f"{count(taken)} taken")
    flooder.must(taken >= most or over, f"the first {most} taken", f"{count(taken)}")
    said = await other.say("a calm voice")
    await other.gets(said, "the message of somebody else")
    heard = sum(one.text.startswith("flood") for one in other.heard)
    other.must(heard == taken or over, "only what was taken is delivered", f"{heard} delivered, {taken} taken")

from backroad.verifier import Bench, check
from backroad.verifier.drivers.realtime import Realtime

PEOPLE, EACH = 6, 60
ALL = PEOPLE * EACH


@check(needs=("realtime.delivers_in_order",), seconds=40)
async def run(bench: Bench) -> None:
    """360 messages, sent by six people without waiting, are all acknowledged and all delivered to everybody.

    Queues that are too short drop what does not fit, and do it on the one evening when everybody writes at once.

    Fix: bound what waits by not reading further from the connection, instead of by throwing messages away.
    """
    driver: Realtime = bench.driver
    _, _, seats = await driver.pair(PEOPLE)
    for number in range(EACH):
        for seat in seats:
            seat.push(f"burst {number}", id=bench.word("m-"))
    for seat in seats:
        await seat.taken(EACH, 15)
        await seat.hears(ALL, 10)
        numbers = [heard.seq for heard in seat.heard]
        seat.must(numbers == list(range(1, ALL + 1)), f"numbers 1 to {ALL} in order", "some missing, or another order")

import asyncio

from backroad.verifier import Bench, check
from backroad.verifier.drivers.realtime import Realtime, Seat

PEOPLE, EACH = 4, 20
ALL = PEOPLE * EACH + 1


@check(needs=("realtime.delivers_in_order",), seconds=40, control=True)
async def run(bench: Bench) -> None:
    """People on two processes of the server are in one room: the same messages, in the same order, for all of them.

    The second process is started on the day when one is not enough. Whatever lives in the memory of the first (who is
    connected, the next number) is wrong from then on.

    Fix: give numbers in the database that both use, and tell the other process of each message (Redis pub/sub, LISTEN
    and NOTIFY). Let it read what is new from the database, for pub/sub keeps no order between senders and no memory.
    """
    bench.dependency("redis")
    driver: Realtime = bench.driver
    other = await bench.second_instance()
    people = [await driver.person() for _ in range(PEOPLE)]
    room = await driver.room(*people)
    seats = [await driver.sit(room, person, target=other if at % 2 else None) for at, person in enumerate(people)]
    await asyncio.gather(*(write(seat, bench) for seat in seats))
    # Whoever reads what is new whenever somebody writes on the same process has heard all so far, but not this one.
    seats[0].push("the last one", id=bench.word("m-"))
    await seats[0].taken(EACH + 1, 10)
    for at, seat in enumerate(seats):
        where = "second" if at % 2 else "first"
        await seat.hears(ALL, 10, what=f"{ALL} messages on the {where} process")
        numbers = [heard.seq for heard in seat.heard]
        if numbers != list(range(1, ALL + 1)):
            raise seat.failed("the numbers in order, each once, on both processes", f"another order on the {where}")
    if len({tuple(heard.id for heard in seat.heard) for seat in seats}) > 1:
        raise seats[0].failed("the same order for everybody", "different ones")


async def write(seat: Seat, bench: Bench) -> None:
    for number in range(EACH):
        seat.push(f"message {number}", id=bench.word("m-"))
        await asyncio.sleep(0.005)
    await seat.taken(EACH, 10)

from backroad.verifier import Bench, check
from backroad.verifier.drivers.realtime import Realtime


@check(needs=("realtime.delivers_to_everyone",), seconds=15)
async def run(bench: Bench) -> None:
    """A message goes to its own room and to no other, and each room counts from one.

    One list of all connections is the first thing that everybody writes. Then a salary turns up in the room next door.

    Fix: keep the connections by room, and look them up by the room that the message was stored in.
    """
    driver: Realtime = bench.driver
    people = [await driver.person() for _ in range(2)]
    rooms = [await driver.room(*people), await driver.room(*people)]
    here = await driver.seats(rooms[0], people)
    there = await driver.seats(rooms[1], people)
    for number in range(1, 4):
        await here[0].say(f"here {number}")
    for number in range(1, 4):
        await there[0].say(f"there {number}")
    for seats, word in ((here, "here"), (there, "there")):
        for seat in seats:
            heard = [(one.text, one.seq) for one in await seat.hears(3)]
            if heard != [(f"{word} {number}", number) for number in range(1, 4)]:
                texts = ", ".join(f"{text} as number {seq}" for text, seq in heard)
                raise seat.failed(f"{word} 1, {word} 2 and {word} 3 as numbers 1 to 3", texts)

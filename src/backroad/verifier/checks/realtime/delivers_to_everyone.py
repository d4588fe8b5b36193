from backroad.verifier import Bench, check
from backroad.verifier.drivers.realtime import Realtime


@check(needs=("realtime.refuses_upgrades_without_credentials",), seconds=15)
async def run(bench: Bench) -> None:
    """A message reaches everybody in the room, its sender too, with its text, its sender and one number for all.

    The sender's own screen is one more that has to show the room as it is. One that shows what it sent by itself shows
    another order than the others do.

    Fix: number the message when you store it, then send one and the same event to every connection of the room.
    """
    driver: Realtime = bench.driver
    _, people, seats = await driver.pair(3)
    for turn, seat in enumerate(seats, 1):
        acked = await seat.say(f"message {turn}")
        for listener in seats:
            heard = (await listener.hears(turn))[-1]
            name = driver.name_of(people[turn - 1])
            fine = (heard.text, heard.sender, heard.seq, heard.id) == (f"message {turn}", name, acked.seq, acked.id)
            if not fine:
                got = f'number {heard.seq}, "{heard.text}", {"of the sender" if heard.sender == name else "of another"}'
                raise listener.failed(f'number {acked.seq}, "message {turn}", of the sender', got)
    numbers = [heard.seq for heard in seats[0].heard]
    seats[0].equal(numbers, [1, 2, 3], "the numbers of the first three messages of a room")

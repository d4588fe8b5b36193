import asyncio
import resource

from backroad.verifier import Bench, check
from backroad.verifier.driver import Person
from backroad.verifier.drivers.realtime import Realtime, Seat
from backroad.verifier.wording import count

PEOPLE, EACH, AT_ONCE = 10, 100, 50
FILES = PEOPLE * EACH + 300


@check(needs=("realtime.loses_nothing_in_a_burst",), seconds=60)
async def run(bench: Bench) -> None:
    """A thousand connections are open at once, and a message reaches every one of them within ten seconds.

    A connection costs next to nothing if nothing runs for it. A thread or a process for each, or a limit of 1,024 open
    files that nobody raised, ends at a few hundred.

    Fix: an event loop (or something as cheap as goroutines) for the connections; raise RLIMIT_NOFILE and the backlog
    of the listening socket.
    """
    driver: Realtime = bench.driver
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < FILES:
        if hard != resource.RLIM_INFINITY and hard < FILES:
            bench.unclear(f"this machine allows a process {hard} open files, fewer than the check needs")
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, hard))
    people = [await driver.person() for _ in range(PEOPLE)]
    room = await driver.room(*people)
    gate = asyncio.Semaphore(AT_ONCE)

    async def sit(person: Person) -> Seat:
        async with gate:
            return await driver.sit(room, person, timeout=20)

    seats = await asyncio.gather(*(sit(person) for person in people for _ in range(EACH)))
    said = await seats[0].say("to all thousand", timeout=10)
    reached = 0
    for seat in seats:
        reached += await seat.reaches(1, 10 if reached else 20)
        if seat.socket.over or said.id not in seat.late:
            open_now = sum(not one.socket.over for one in seats)
            got = f"{count(open_now)} open, the message on {count(sum(said.id in one.late for one in seats))}"
            raise seat.failed(f"{len(seats)} connections, the message on each", got)
    for seat in seats:
        seat.socket.abort()
    quick = 0
    for _ in range(100):  # until all have been seen off, so that the next check finds a server at rest
        answer = await bench.client().get(driver.health, timeout=20)
        quick = quick + 1 if answer.seconds < 0.1 else 0
        if quick == 5:
            break
        await asyncio.sleep(0.05)

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.realtime import Presence


@check(needs=("chat.shows_who_is_there", "realtime.spreads_across_instances"), seconds=40, control=True)
async def run(bench: Bench) -> None:
    """People on another process of the server are shown as present, and as gone when that process is killed.

    A process that is killed takes back nothing it has said. Presence without an end stays for ever, and the room
    fills with ghosts.

    Fix: let each process say every few seconds who is with it, and believe it for no longer than a few of these.
    """
    bench.dependency("redis")
    driver = bench.driver
    other = await bench.second_instance()
    people = [await driver.person() for _ in range(2)]
    room = await driver.room(*people)
    watcher = await driver.sit(room, people[0])
    await driver.sit(room, people[1], target=other)
    name = driver.name_of(people[1])
    come, gone = Presence(name, here=True), Presence(name, here=False)
    await watcher.sees(come, "somebody on the other process shown as present", 8)
    welcome = await driver.welcome(room, people[0])
    expect.that(name in welcome.get("present", []), expected="both in the welcome", got="one")
    await other.kill()
    await watcher.sees(gone, "somebody on a killed process shown as gone", 15)

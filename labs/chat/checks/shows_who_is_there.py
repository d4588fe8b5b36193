from backroad.verifier import Bench, check
from backroad.verifier.drivers.realtime import Presence, Seat


@check(needs=("chat.welcomes", "realtime.closes_with_a_code"), seconds=20)
async def run(bench: Bench) -> None:
    """Presence is told when somebody's first connection comes and their last one goes, not for those between.

    People have a phone and three tabs. A name that blinks with each tab is noise, and one that is gone while its
    owner writes is wrong.

    Fix: count connections for each person; tell the others when the count leaves zero and when it comes back to it.
    """
    driver = bench.driver
    people = [await driver.person() for _ in range(2)]
    room = await driver.room(*people)
    watcher = await driver.sit(room, people[0])
    other = driver.name_of(people[1])
    phone = await driver.sit(room, people[1])
    await shown(watcher, [Presence(other, here=True)])
    laptop = await driver.sit(room, people[1])
    await phone.socket.close()
    await laptop.say("from the laptop")
    await watcher.hears(1)
    await shown(watcher, [Presence(other, here=True)])
    laptop.socket.reset()
    await shown(watcher, [Presence(other, here=True), Presence(other, here=False)])
    await driver.sit(room, people[1])
    await shown(watcher, [Presence(other, here=True), Presence(other, here=False), Presence(other, here=True)])
    phone.must(not phone.presence, "no news of one's own presence", "some")


async def shown(watcher: Seat, wanted: list[Presence]) -> None:
    await watcher.comes(lambda: len(watcher.presence) >= len(wanted), 5)
    words = [
        ", ".join("comes" if one.here else "goes" for one in news) or "nothing" for news in (wanted, watcher.presence)
    ]
    watcher.must(watcher.presence == wanted, f"news of the other one: {words[0]}", words[1])

from backroad.verifier import Bench, check, expect


@check(needs=("realtime.delivers_to_everyone",))
async def run(bench: Bench) -> None:
    """The first message on a connection says which room, who you are, the last number, and who is there.

    A client draws its first screen from it. What it has to ask for separately, it gets for another moment than the
    messages that follow.

    Fix: join the room first, then write the welcome from what you then know, then send what comes.
    """
    driver = bench.driver
    room, people, (writer, _) = await driver.pair()
    said = await writer.say("before you came")
    shown = await driver.welcome(room, people[1])
    wanted = {"type": "welcome", "room": room, "person": driver.name_of(people[1]), "last_seq": said.seq}
    for name, value in wanted.items():
        expect.equal(shown.get(name), value, what=f"{name} in the welcome")
    present = sorted(driver.name_of(person) for person in people)
    there = shown.get("present")
    expect.that(isinstance(there, list), expected="present as a list in the welcome", got=f"{there}")
    missing = [name for name in present if name not in there]
    expect.that(not missing and len(there) == 2, expected="both people present, each once", got=f"{len(there)} present")

from backroad.verifier import Bench, check
from backroad.verifier.drivers.realtime import Realtime


@check(needs=("realtime.delivers_to_everyone",), seconds=20)
async def run(bench: Bench) -> None:
    """Whoever comes back and names the last message they saw gets all later ones, in order, and then the new ones.

    Trains go through tunnels and laptops are closed. What was said meanwhile must not be missing afterwards, and
    nobody notices a message that they never saw.

    Fix: on connecting with the number of the last message, read everything after it from the store and send that
    before anything new; without a number, send only what is new.
    """
    driver: Realtime = bench.driver
    room, people, (reader, writer) = await driver.pair()
    await writer.say("before")
    seen = (await reader.hears(1))[-1].seq
    await reader.socket.close()
    missed = [await writer.say(f"missed {number}") for number in range(1, 6)]
    cases = {seen: [one.seq for one in missed], 0: [seen, *(one.seq for one in missed)], missed[-1].seq: []}
    for after, wanted in cases.items():
        back = await driver.sit(room, people[0], after=after)
        live = await writer.say(f"live after {after}")
        wanted = [*wanted, *range(missed[-1].seq + 1, live.seq + 1)]
        await back.gets(live, "the new message")
        got = [heard.seq for heard in back.heard]
        back.equal(got, wanted, f"the numbers of the messages after number {after}")
    fresh = await driver.sit(room, people[0])
    last = await writer.say("for the fresh one")
    await fresh.gets(last, "the new message")
    fresh.equal([heard.seq for heard in fresh.heard], [last.seq], "the numbers of what comes without `after`")

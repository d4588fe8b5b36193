from backroad.verifier import Bench, check
from backroad.verifier.drivers.realtime import Realtime
from backroad.verifier.wording import count


@check(
    needs=("realtime.backfills_after_reconnect", "realtime.delivers_in_order", "durability.survives_restart"),
    seconds=30,
    control=True,
)
async def run(bench: Bench) -> None:
    """What was acknowledged is still there after kill -9, under its number, and no number is given twice.

    An acknowledgement tells the sender's app to forget its copy. And a client that asks for "everything after 41" gets
    the wrong thing if there is a second 42.

    Fix: acknowledge after the commit, and take the next number from the database, not from memory.
    """
    driver: Realtime = bench.driver
    room, people, (one, two) = await driver.pair()
    sent = {}
    for number in range(30):
        seat = (one, two)[number % 2]
        name = bench.word("m-")
        sent[name] = f"message {number}"
        seat.push(sent[name], id=name)
    await one.taken(8)
    await bench.target.kill()
    acked = {**one.acked, **two.acked}
    await bench.target.start()
    back = await driver.sit(room, people[0], after=0)
    said = await back.say("after the kill")
    used = said.seq in {ack.seq for ack in acked.values()}
    back.must(not used, "a number that no message had before the kill", f"number {said.seq} again")
    await back.gets(said, "the first message after the kill")
    kept = {heard.id: heard for heard in back.heard}
    lost = [name for name, ack in acked.items() if name not in kept or kept[name].seq != ack.seq]
    moment = "after kill -9 and a new start"
    back.must(not lost, f"all acknowledged messages {moment}", f"some of {count(len(acked))} missing")
    numbers = [heard.seq for heard in back.heard]
    fine = numbers == list(range(1, len(numbers) + 1)) and len(kept) == len(back.heard)
    back.must(fine, f"each number once, without a gap, {moment}", "a gap, or a number twice")
    wrong = [heard for heard in back.heard if heard.id in sent and heard.text != sent[heard.id]]
    back.must(not wrong, "each text under its id", "the text of another message")

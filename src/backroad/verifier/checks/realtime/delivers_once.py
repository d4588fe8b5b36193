from backroad.verifier import Bench, check
from backroad.verifier.drivers.realtime import Realtime
from backroad.verifier.wording import count

TWICE = 15


@check(needs=("realtime.delivers_to_everyone",), seconds=15)
async def run(bench: Bench) -> None:
    """A message that is sent again under the same id is acknowledged again, with its old number, and delivered once.

    When a connection breaks, the sender cannot know whether its last message got through. It has to send it again, and
    the room should not see it twice.

    Fix: keep the sender's id with the message, unique for each sender and room; where the insert finds it, answer with
    the number that is there.
    """
    driver: Realtime = bench.driver
    room, people, (sender, listener) = await driver.pair()
    name = bench.word("m-")
    first = await sender.say("only once", id=name)
    again = await sender.say("only once", id=name)
    later = await driver.sit(room, people[0])
    returned = await later.say("only once", id=name)
    again_and_returned = [again.seq, returned.seq]
    sender.equal(again_and_returned, [first.seq] * 2, "the numbers of a message that is sent twice more")
    for _ in range(TWICE):  # the same message on two connections, at the same moment
        twice = bench.word("m-")
        sender.push("twice", id=twice)
        later.push("twice", id=twice)
        for seat in (sender, later):
            await seat.acknowledges(twice, "an acknowledgement on both connections")
        numbers = {seat.acked[twice].seq for seat in (sender, later)}
        got = f"{count(len(numbers))} numbers"
        sender.must(len(numbers) == 1, "one number for one message, sent on two connections at once", got)
    last = await sender.say("the last one")
    await listener.gets(last, "the last message")
    ids = [heard.id for heard in listener.heard]
    doubled = len(ids) - len(set(ids))
    if doubled:
        raise listener.failed("each message once", f"{count(doubled)} of {TWICE + 2} delivered again")

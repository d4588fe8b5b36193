from backroad.verifier import Bench, check
from backroad.verifier.wording import count


@check(needs=("realtime.delivers_once", "realtime.keeps_history_after_kill"), seconds=20, control=True)
async def run(bench: Bench) -> None:
    """A message sent again after the server was killed is still known; another person may use the same id.

    The server's crash is exactly when every client sends its last message again. Ids that were kept in memory are
    gone just then.

    Fix: a unique index on room, sender and id, in the same table as the message.
    """
    driver = bench.driver
    room, people, (one, two) = await driver.pair()
    name = bench.word("m-")
    first = await one.say("sent before the crash", id=name)
    same = await two.say("the same id by somebody else", id=name)
    two.must(same.seq != first.seq, "a number of its own for the other person", "the same number")
    await bench.target.kill()
    await bench.target.start()
    back = await driver.sit(room, people[0], after=0)
    again = await back.say("sent before the crash", id=name)
    back.equal(again.seq, first.seq, "the number of the message that is sent again after kill -9")
    kept = len(await driver.history(room, people[0]))
    back.must(kept == 2, "two messages in the history", count(kept))
    back.push("another text under the same id", id=name)
    await back.refuses(1, "an error for another text under a known id")
    back.equal(back.refused[0].why, "id_taken", "the code of the error")

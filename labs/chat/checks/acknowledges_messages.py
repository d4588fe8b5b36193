from datetime import UTC, datetime, timedelta

from backroad.verifier import Bench, check, expect


@check(needs=("realtime.delivers_to_everyone",))
async def run(bench: Bench) -> None:
    """What was acknowledged is in the history at once, with number, id, sender, text and the time in UTC.

    An acknowledgement before the message is stored is a guess. The history is what a second device reads.

    Fix: insert, commit, then acknowledge; write times as RFC 3339 with a Z and read the clock of the server.
    """
    driver = bench.driver
    room, people, (writer, _) = await driver.pair()
    for number in range(1, 4):
        said = await writer.say(f"message {number}")
        kept = await driver.history(room, people[1])
        expect.equal(len(kept), number, what="the count of messages in the history after the acknowledgement")
        last = kept[-1]
        wanted = {
            "seq": said.seq, "id": said.id, "person": driver.name_of(people[0]), "text": f"message {number}",
        }  # fmt: skip
        for name, value in wanted.items():
            expect.equal(last.get(name), value, what=f"{name} in the history")
        sent_at = str(last.get("sent_at"))
        expect.that(sent_at.endswith("Z"), expected="sent_at with a Z", got=f"sent_at: {sent_at}")
        off = abs(read(sent_at) - datetime.now(UTC))
        expect.that(off < timedelta(minutes=1), expected="sent_at within a minute of now", got=f"{off.seconds} s off")


def read(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)

import asyncio

from backroad.verifier import Answer, Bench, Failed, Verdict, check, expect
from backroad.verifier.driver import LabDriver, Person, Thing
from backroad.verifier.histories import History, Operation, monotonic_reads, outcome_of, read_your_writes

WRITERS, TURNS = 4, 6
PAUSE = 0.03
"""Seconds at most before a write. Without it the clients fall into step, and no write meets a read under way."""


@check(needs=("data.patch_keeps_the_rest",), seconds=20)
async def run(bench: Bench) -> None:
    """Whoever changes a thing then reads that change or a newer one, also while others change it.

    "Saved", and the page shows the old text: people save again, or call support. It comes from a cache or a replica
    that is a moment behind.

    Fix: read from where you wrote, or remove the cached copy in the step that changes it, before you answer.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    thing = await driver.create(person)
    text = driver.collection.text
    history = History()
    await asyncio.gather(*(session(bench, history, number, person, thing) for number in range(WRITERS)))
    sent = f"{WRITERS} clients at once, each {TURNS} × PATCH {text} and then some GET of one thing"
    for judge in (read_your_writes, monotonic_reads):
        judgement = judge(history, initial=thing.fields.get(text))
        if judgement.verdict is not Verdict.FAILED:
            judgement.conclude(sent)
            continue
        for one in judgement.witness:
            bench.log(str(one))
        expected = "each client reads what it wrote and read before, or something newer"
        raise Failed(sent=sent, expected=expected, got="a client that then read something older")


async def session(bench: Bench, history: History, number: int, person: Person, thing: Thing) -> None:
    """One client, on a connection of its own: writes a new text and reads it a few times, again and again."""
    text = bench.driver.collection.text
    client = bench.client(person.credentials)
    for pause in [bench.random.uniform(0, PAUSE) for _ in range(TURNS)]:
        await asyncio.sleep(pause)
        word = bench.word(f"client-{number}-")
        written = expect.status(await client.patch(thing.path, json={text: word}), 200)
        history.add(operation(number, "write", written, value=word, key=text))
        for _ in range(2 + number):  # of different length, so that the writes of one fall between the reads of others
            shown = expect.status(await client.get(thing.path), 200)
            history.add(operation(number, "read", shown, expect.field(shown, text), key=text))


def operation(process: int, kind: str, answer: Answer, result: object = None, **args: str) -> Operation:
    start = answer.exchange.started
    return Operation(
        process=process, kind=kind, args=args, result=result, start=start, end=start + answer.exchange.seconds,
        outcome=outcome_of(answer.status), exchange=answer.exchange,
    )  # fmt: skip

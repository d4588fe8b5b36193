import asyncio

from backroad.verifier import Bench, Failed, check
from backroad.verifier.drivers.realtime import Realtime, Seat
from backroad.verifier.histories.history import History
from backroad.verifier.histories.message_order import message_order
from backroad.verifier.verdict import Verdict

PEOPLE, EACH = 4, 25
SENT = f"{PEOPLE} × {EACH} messages to one room, all at once"


@check(needs=("realtime.delivers_to_everyone",), seconds=30)
async def run(bench: Bench) -> None:
    """Everybody sees the same messages in the same order, numbered without a gap, while four people write at once.

    "Yes" before the question is a bug that no tester reports and every user sees. It comes from a task for each
    delivery, or from a number that is given in one place and sent from another.

    Fix: let one place decide the order (the insert that gives the number), and send to each connection in the order of
    the numbers, from one queue.
    """
    driver: Realtime = bench.driver
    history = History()
    _, _, seats = await driver.pair(PEOPLE, history=history)
    await asyncio.gather(*(write(seat) for seat in seats))
    for seat in seats:
        await seat.taken(EACH)
        await seat.hears(PEOPLE * EACH, 10)
    judgement = message_order(history, echo=True)
    if judgement.verdict is Verdict.FAILED:
        bench.log(judgement.got)
        raise Failed(sent=SENT, expected=judgement.expected, got="another order; the transcript has one case")
    judgement.conclude()
    wanted = list(range(1, PEOPLE * EACH + 1))
    if any([heard.seq for heard in seat.heard] != wanted for seat in seats):
        raise Failed(sent=SENT, expected=f"the numbers 1 to {len(wanted)}, one after the other", got="another order")


async def write(seat: Seat) -> None:
    for number in range(1, EACH + 1):
        seat.push(f"{seat.name}-{number}", id=f"{seat.name}-{number}")
        if number % 5 == 0:
            await asyncio.sleep(0)  # so that the others write in between

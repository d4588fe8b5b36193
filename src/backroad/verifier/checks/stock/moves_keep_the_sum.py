from collections.abc import Hashable

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce
from backroad.verifier.histories import History, ledger

START, MOVES, ROUNDS = 5, 12, 2


@check(needs=("data.creates",), seconds=20)
async def run(bench: Bench) -> None:
    """Pieces that are moved between wares, twelve times at once, are neither made nor lost, and none goes below zero.

    Taking here and adding there are two writes. What falls between them, a crash or another request, makes pieces that
    do not exist, or loses some.

    Fix: both writes in one transaction, the first with its condition in it (`WHERE stock >= ?`), rows in a fixed order.
    """
    driver: Commerce = bench.driver
    seller = await driver.person()
    for _ in range(ROUNDS):
        wares = [await driver.ware(seller, stock=START) for _ in range(3)]
        pairs = [(number % 3, (number + 1 + number % 2) % 3) for number in range(MOVES)]
        requests = [driver.moving(seller, wares[source], wares[target], 2) for source, target in pairs]
        answers = await bench.at_once(requests)
        expect.all_of(answers, (200, 409))
        history = History()
        for lane, (answer, (source, target)) in enumerate(zip(answers, pairs, strict=True)):
            history.add(driver.record(lane, "transfer", answer, source=source, target=target, amount=2))
        shown = [await driver.stock_of(ware) for ware in wares]
        left = {number: driver.left(answer) for number, answer in enumerate(shown)}
        history.add(driver.record("reader", "snapshot", shown[-1], left))
        initial: dict[Hashable, int] = dict.fromkeys(range(3), START)
        sent = f"{MOVES} moves of 2 pieces at once between three wares with {START} each"
        ledger(history, initial, atomic=False).conclude(sent)

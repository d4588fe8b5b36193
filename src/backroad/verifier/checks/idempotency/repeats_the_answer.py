from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce


@check(needs=("payments.takes_the_money",), seconds=20)
async def run(bench: Bench) -> None:
    """The same request with the same key is answered as it was the first time, and nothing is done again.

    A phone in a tunnel gets no answer and sends again. It must learn what became of its first attempt, and not buy a
    second time.

    Fix: store status and body of the answer under (account, key), with a unique index, in the transaction that does the
    work; look there first. A declined payment is an answer too.
    """
    driver: Commerce = bench.driver
    payments = bench.standin("payments")
    seller = await driver.person()
    ware = await driver.ware(seller, stock=10)
    for source, status in ((driver.accepted, 201), (driver.declined, 402)):
        shopper = await driver.shopper(ware, quantity=2)
        key = bench.word("key-")
        first = expect.status(await driver.place(shopper, key, source), status)
        charged = len(payments.charges)
        for _ in range(2):
            again: Answer = expect.status(await driver.place(shopper, key, source), status)
            expect.equal(again.json(), first.json(), what="the body of the repeated answer", answer=again)
        got = f"{len(payments.charges) - charged} more"
        expect.that(len(payments.charges) == charged, expected="no further charge", got=got, answer=again)
        await driver.holds(ware, 8)

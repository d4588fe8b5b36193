from backroad.verifier import Bench, check, expect


@check(needs=("shop.places_an_order",), seconds=15)
async def run(bench: Bench) -> None:
    """A price that changed after the buyer saw the cart is answered 409, and nobody is charged.

    In most countries a customer owes what was shown when they pressed the button. A shop that charges more gets a
    complaint, one that charges less gets a loss.

    Fix: compare the total that the client sends along with the one that you compute, inside the transaction of the
    order.
    """
    driver = bench.driver
    payments = bench.standin("payments")
    seller = await driver.person()
    ware = await driver.ware(seller, price=1000)
    shopper = await driver.shopper(ware)
    charged = len(payments.charges)
    expect.status(await seller.client.patch(ware.path, json={"price": 1200}), 200)
    answer = await driver.place(shopper)
    expect.problem(answer, 409)
    expect.equal(len(payments.charges) - charged, 0, what="the number of charges", answer=answer)
    await driver.holds(ware, 10)
    request = driver.placing(shopper.person, bench.word("key-"), 1200)
    expect.field(expect.status(await shopper.person.client.send(request, timeout=10), 201), "total", equals=1200)

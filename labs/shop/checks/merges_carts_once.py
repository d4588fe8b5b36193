from backroad.verifier import Bench, check, expect


@check(needs=("shop.keeps_guests_apart",), seconds=15)
async def run(bench: Bench) -> None:
    """A guest's cart is put into the account's once, even if eight tabs log in at the same moment.

    Each tab tells the server to merge. Done twice, two mugs become four, and the customer notices on the bill.

    Fix: add the lines and delete the guest's cart in one transaction that takes the lock first; who finds no cart is
    answered 404.
    """
    driver = bench.driver
    seller = await driver.person()
    mug, pot = await driver.ware(seller, price=100), await driver.ware(seller, price=1000)
    for _ in range(2):
        account, guest = await driver.person(), await driver.guest()
        expect.status(await account.client.send(driver.put(account, mug, 3)), 200)
        for ware, quantity in ((mug, 2), (pot, 98)):
            expect.status(await guest.client.send(driver.put(guest, ware, quantity)), 200)
        merge = account.request("POST", "/cart/merges", json={"token": guest.secret})
        expect.exactly_one(await bench.at_once(8, merge), 200, rest=404)
        cart = expect.status(await driver.cart(account), 200)
        expect.field(cart, "total", equals=5 * 100 + 98 * 1000)
        expect.problem(await driver.cart(guest), 401)
    full = await driver.guest()
    expect.status(await full.client.send(driver.put(full, pot, 50)), 200)
    answer = await account.client.post("/cart/merges", json={"token": full.secret})
    quantities = sorted(line.get("quantity") for line in expect.field(expect.status(answer, 200), "lines"))
    expect.equal(quantities, [5, 99], what="the quantities, at most 99", answer=answer)

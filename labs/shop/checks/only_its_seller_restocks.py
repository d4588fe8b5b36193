from backroad.verifier import Bench, check, expect


@check(needs=("data.creates",))
async def run(bench: Bench) -> None:
    """Only the seller of a product adds to its stock, in whole pieces above zero, and nobody sets it by an edit.

    The restock button was built last and guarded least. With it a stranger sells out a rival's shop on paper.

    Fix: look the product up by handle and seller, as the other paths do; refuse stock in PATCH and quantities below 1.
    """
    driver = bench.driver
    seller, stranger = await driver.person(), await driver.person()
    ware, own = await driver.ware(seller, stock=3), await driver.ware(stranger, stock=3)
    expect.problem(await stranger.client.send(driver.restock(stranger, ware, 5)), 404)
    expect.problem(await stranger.client.send(driver.moving(stranger, ware, own, 1)), 404)
    expect.problem(await stranger.client.send(driver.moving(stranger, own, ware, 1)), 404)
    for wrong in (0, -3, 1.5, "4"):
        driver.refused(await seller.client.send(driver.restock(seller, ware, wrong)), "quantity")
    expect.no_5xx(await seller.client.patch(ware.path, json={"stock": 99}))
    await driver.holds(ware, 3)
    expect.field(expect.status(await seller.client.send(driver.restock(seller, ware, 5)), 200), "stock", equals=8)
    await driver.holds(ware, 8)

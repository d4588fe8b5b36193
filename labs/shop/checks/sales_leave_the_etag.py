from backroad.verifier import Bench, check, expect


@check(needs=("http.refuses_stale_edits", "shop.places_an_order"), seconds=15)
async def run(bench: Bench) -> None:
    """Sales and restocks do not change a product's ETag: what sells well can still be edited.

    If every sale made a new version, the seller's edit would be refused as stale again and again, on the best day of
    the year.

    Fix: make the ETag from what the seller edits, such as a version that PATCH raises, not from the whole row.
    """
    driver = bench.driver
    seller = await driver.person()
    ware = await driver.ware(seller, stock=5)
    etag = expect.header(await seller.client.get(ware.path), "ETag")
    await driver.buy(await driver.shopper(ware))
    expect.status(await seller.client.send(driver.restock(seller, ware, 2)), 200)
    shown = expect.status(await seller.client.get(ware.path), 200)
    expect.field(shown, "stock", equals=6)
    expect.header(shown, "ETag", equals=etag)
    expect.status(await seller.client.patch(ware.path, headers={"If-Match": etag}, json={"name": "Edited"}), 200)

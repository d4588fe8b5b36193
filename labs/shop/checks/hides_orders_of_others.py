from backroad.verifier import Bench, check, expect


@check(needs=("shop.places_an_order",), seconds=15)
async def run(bench: Bench) -> None:
    """An order is there for its buyer and its seller; for everybody else it looks like one that does not exist.

    Orders hold names, addresses and habits. Changing the number in the address is the first thing that anybody tries.

    Fix: look an order up by id together with "buyer or seller is me", for reading, steps and refunds alike.
    """
    driver = bench.driver
    seller, stranger = await driver.person(), await driver.person()
    shopper, order = await driver.sold(seller)
    key = {driver.key_header: bench.word("key-")}
    for method, end, body, headers in (
        ("GET", "", ..., {}), ("POST", "/steps", {"to": "cancelled"}, {}), ("POST", "/steps", {"to": "shipped"}, {}),
        ("POST", "/refunds", {"amount": 10}, key),
    ):  # fmt: skip
        answers = [
            await stranger.client.request(method, path + end, json=body, headers=headers)
            for path in (order.path, driver.order_path(bench.word("order-")))
        ]
        titles = [expect.problem(answer, 404).get("title") for answer in answers]
        expect.equal(titles[0], titles[1], what="the title of the problem", answer=answers[:1])
    for path in ("/orders", "/sales"):
        expect.field(expect.status(await stranger.client.get(path), 200), "items", equals=[])
    expect.equal((await driver.look(shopper.person, order)).status, "paid", what="the status")

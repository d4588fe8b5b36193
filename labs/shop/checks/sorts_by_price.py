from backroad.verifier import Bench, check, expect

PRICES = (300, 100, 200, 200, 100, 200, 200, 300, 1000, 50)


@check(needs=("shop.finds_by_words",))
async def run(bench: Bench) -> None:
    """Sorted by price, in both directions, the pages hold every product once, also many of the same price.

    A cursor that says "after 2.00" skips the rest of those that cost 2.00; one that says "from 2.00 on" shows them
    twice. And prices sorted as texts put 1000 before 200.

    Fix: order by (price, id), and let the cursor name both: `WHERE (price, id) > (?, ?)`.
    """
    driver = bench.driver
    seller = await driver.person()
    word = bench.word("w")
    made = [await driver.create(seller, name=f"Lamp {word}", price=price) for price in PRICES]
    for sort, backwards in (("price", False), ("-price", True)):
        shown = []
        query = {"q": word, "sort": sort, "limit": 3}
        for _ in range(len(PRICES)):
            answer = expect.status(await bench.client().get("/catalogue", query=query), 200)
            shown += expect.field(answer, "items", type=list)
            cursor = expect.field(answer, "next_cursor", type=(str, type(None)))
            if cursor is None:
                break
            query["cursor"] = cursor
        prices = [item.get("price") for item in shown]
        expect.equal(prices, sorted(PRICES, reverse=backwards), what=f"the prices by {sort}", answer=answer)
        handles = {item.get("handle") for item in shown}
        expect.equal(len(handles), len(made), what="the number of different products", answer=answer)
    driver.refused(await bench.client().get("/catalogue", query={"sort": "price; --"}), "sort")

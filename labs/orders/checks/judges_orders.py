from typing import Any

from backroad.verifier import Bench, check, expect


@check(needs=("data.creates",))
async def run(bench: Bench) -> None:
    """An order or a delivery that breaks a rule is refused with 422 before anything is queued.

    What is wrong on its face is cheapest at the door. Behind a 202 it becomes a message that somebody has to park, and
    a customer who waits.

    Fix: judge every field before you accept: whole numbers from 1, no product twice, no unknown fields; leave to the
    workers only what the door cannot know.
    """
    driver = bench.driver
    trade = await driver.open_trade(stock=10)
    line: dict[str, Any] = {"sku": trade.item, "quantity": 1}
    client = trade.buyer.client
    wrong: list[Any] = [
        [], "all of it", [line, line], [{**line, "quantity": 0}], [{**line, "quantity": -1}],
        [{**line, "quantity": 1.5}], [{**line, "quantity": True}], [{**line, "price": 1}], [{"sku": trade.item}],
        [{**line, "quantity": 1001}], [{**line, "sku": f"s-{number}"} for number in range(21)],
    ]  # fmt: skip
    for lines in wrong:
        driver.refused(await client.post("/orders", json={"lines": lines}), "lines")
    answer = await client.post("/orders", json={"lines": [line], "note": 7, "status": "confirmed"})
    driver.refused(answer, "note", "status")
    driver.refused(await client.post("/deliveries", json={"sku": 1, "document": 2, "quantity": 3}), "sku", "document")
    driver.refused(await client.post("/deliveries", json={}), "sku", "document")
    listed = expect.status(await client.get("/orders"), 200)
    expect.field(listed, "items", equals=[])
    expect.equal(await driver.left(trade), 10, what="what is left of the item")

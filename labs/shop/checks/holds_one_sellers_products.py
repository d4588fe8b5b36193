from backroad.verifier import Bench, check, expect


@check(needs=("shop.fills_a_cart",))
async def run(bench: Bench) -> None:
    """A cart takes the products of one seller and at most 50 of them; what does not fit is answered 409 and not kept.

    An order has one seller who ships it and one charge. A rule that is only checked at the checkout loses the customer
    there.

    Fix: check after the change, in the transaction that makes it, and roll it back if it breaks the rule.
    """
    driver = bench.driver
    seller, other, buyer = await driver.person(), await driver.person(), await driver.person()
    expect.status(await buyer.client.send(driver.put(buyer, await driver.ware(seller), 1)), 200)
    expect.problem(await buyer.client.send(driver.put(buyer, await driver.ware(other), 1)), 409)
    drafts = [driver.draft() for _ in range(50)]
    expect.status(await seller.client.post("/products/import", json={"products": drafts}), 201)
    answers = [await buyer.client.put(f"/cart/lines/{one['handle']}", json={"quantity": 1}) for one in drafts]
    expect.all_of(answers[:-1], 200)
    expect.problem(answers[-1], 409)
    cart = expect.status(await driver.cart(buyer), 200)
    expect.equal(len(expect.field(cart, "lines", type=list)), 50, what="the number of lines", answer=cart)

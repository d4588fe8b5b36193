from backroad.verifier import Bench, check, expect


@check(needs=("data.creates",))
async def run(bench: Bench) -> None:
    """A new product is in the catalogue at once, for everybody, with whole cents, its currency, its stock and its
    seller.

    The catalogue is the shop window: what is missing there is not sold, and what a browser has to guess is guessed
    wrong.

    Fix: answer every field of the schema Offer without asking for a key; fill in what the seller left out.
    """
    driver = bench.driver
    seller = await driver.person()
    draft = driver.draft(description=..., stock=...)
    answer = expect.status(await seller.client.post("/products", json=draft), 201)
    wanted = {**draft, "description": None, "percent_off": 0, "currency": "EUR", "stock": 0}
    found = await bench.client().get(f"/catalogue/{draft['handle']}")
    for name, value in wanted.items():
        expect.field(answer, name, equals=value)
        expect.field(expect.status(found, 200), name, equals=value)
    expect.field(found, "seller", matches="^shop-")
    expect.problem(await bench.client().get(f"/catalogue/{bench.word('unknown-')}"), 404)

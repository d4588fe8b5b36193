from backroad.verifier import Bench, check, expect


@check(needs=("shop.fills_a_cart",))
async def run(bench: Bench) -> None:
    """A guest has a cart under a long token; another token opens another cart, and a made-up one opens none.

    Cart numbers that count up let everybody read what others are about to buy, and put things in.

    Fix: 16 random bytes or more as the token, only its hash stored, answered with Cache-Control: no-store.
    """
    driver = bench.driver
    ware = await driver.ware(await driver.person(), price=400)
    guest, other = await driver.guest(), await driver.guest()
    for one in (guest, other):
        long = len(one.secret) >= 22
        expect.that(long, expected="a token of at least 22 characters", got=f"{len(one.secret)} characters")
    opened = expect.status(await bench.client().post("/carts", json={}), 201)
    expect.header(opened, "Cache-Control", matches="no-store")
    expect.status(await guest.client.send(driver.put(guest, ware, 2)), 200)
    expect.field(expect.status(await driver.cart(guest), 200), "total", equals=800)
    expect.field(expect.status(await driver.cart(other), 200), "lines", equals=[])
    for token in (guest.secret[:-1], guest.secret.swapcase(), bench.word("token-"), "1"):
        answer = await bench.client({"Cart-Token": token}).get("/cart")
        expect.problem(answer, 401)
        expect.header(answer, "WWW-Authenticate")

from backroad.verifier import Bench, check, expect


@check(needs=("access.lets_you_in",))
async def run(bench: Bench) -> None:
    """POST /keys issues a new, long key that no cache may keep, and wants a name.

    A key is a password. It must be too long to guess, differ for everybody, and not lie in a proxy's cache.

    Fix: take 16 random bytes or more from the system's secure source, answer 201 with Cache-Control: no-store, and
    refuse a name that is missing, empty or longer than 100 characters with 422.
    """
    client = bench.client()
    keys, owners = set(), set()
    for _ in range(3):
        answer = expect.status(await client.post("/keys", json={"name": "The same name"}), 201)
        expect.header(answer, "cache-control", matches=r"\bno-store\b")
        keys.add(expect.field(answer, "key", matches=r"^[\x21-\x7e]{22,}$"))
        owners.add(expect.field(answer, "owner", type=str))
    got = f"{len(keys)} different keys, {len(owners)} different owners"
    expect.that(len(keys) == len(owners) == 3 and not keys & owners, expected="three keys of three owners", got=got)
    for wrong in ({}, {"name": ""}, {"name": None}, {"name": 7}, {"name": "x" * 101}):
        bench.driver.refused(await client.post("/keys", json=wrong), "name")

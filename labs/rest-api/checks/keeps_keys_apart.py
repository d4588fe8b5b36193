from backroad.verifier import Bench, check, expect


@check(needs=("rest-api.repeats_answers_by_key", "data.refuses_duplicates"))
async def run(bench: Bench) -> None:
    """A key belongs to one person and one request: others may use the same, and another request under it is refused.

    Clients count their keys from 1. With one drawer for all, Bob is answered with Alice's project; without a look at
    the request, a client with a bug believes that it made ten things.

    Fix: a unique index on (owner, key), a hash of path and body beside it, 422 if that differs; forget keys whose
    request was refused.
    """
    driver = bench.driver
    alice, bob = await driver.person(), await driver.person()
    key = {"Idempotency-Key": "1"}
    draft = driver.draft()
    expect.status(await alice.client.post("/v2/projects", headers=key, json=draft), 201)
    his = driver.draft()
    theirs = expect.status(await bob.client.post("/v2/projects", headers=key, json=his), 201)
    expect.field(theirs, "slug", equals=his["slug"])
    changed = {**draft, "name": "Another name"}
    driver.refused(await alice.client.post("/v2/projects", headers=key, json=changed), "Idempotency-Key")
    path = f"{driver.project_path(draft['slug'])}/tasks"
    driver.refused(await alice.client.post(path, headers=key, json={"title": "x"}), "Idempotency-Key")
    for wrong in ("", "k" * 256):
        answer = await alice.client.post(path, headers={"Idempotency-Key": wrong}, json={"title": "x"})
        driver.refused(answer, "Idempotency-Key")
    key = {"Idempotency-Key": "2"}
    taken = {**driver.draft(), "slug": his["slug"]}
    expect.problem(await alice.client.post("/v2/projects", headers=key, json=taken), 409)
    expect.status(await alice.client.post("/v2/projects", headers=key, json=driver.draft()), 201)

from backroad.verifier import Bench, check, expect


@check(needs=("rest-api.puts_tasks_in_projects",))
async def run(bench: Bench) -> None:
    """A POST that is sent again under its Idempotency-Key gets its first answer, and makes nothing new.

    The answer was lost on the way, so the app sends again. Without a key that is remembered, every bad connection makes
    doubles.

    Fix: store the key with the answer (status, body, Location) in the transaction that makes the thing, and look there
    first.
    """
    driver = bench.driver
    person = await driver.person()
    key = {"Idempotency-Key": bench.word("key-")}
    draft = driver.draft()
    first = expect.status(await person.client.post("/v2/projects", headers=key, json=draft), 201)
    for _ in range(2):
        again = expect.status(await person.client.post("/v2/projects", headers=key, json=draft), 201)
        expect.equal(again.json(), first.json(), what="the repeated answer", answer=again)
        expect.header(again, "Location", equals=expect.header(first, "Location"))
    path = f"{driver.project_path(draft['slug'])}/tasks"
    key = {"Idempotency-Key": bench.word("key-")}
    made = [await person.client.post(path, headers=key, json={"title": "Once"}) for _ in range(3)]
    expect.all_of(made, 201)
    listed = expect.status(await person.client.get("/v2/tasks"), 200)
    expect.equal(len(listed.json()["items"]), 1, what="the number of tasks", answer=listed)
    for key in ({}, {"Idempotency-Key": bench.word("key-")}):  # no key, or another one: another task
        expect.status(await person.client.post(path, headers=key, json={"title": "Once"}), 201)
    listed = expect.status(await person.client.get("/v2/tasks"), 200)
    expect.equal(len(listed.json()["items"]), 3, what="the number of tasks", answer=listed)

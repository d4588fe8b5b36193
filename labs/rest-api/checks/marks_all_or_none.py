from backroad.verifier import Bench, check, expect


@check(needs=("rest-api.puts_tasks_in_projects",))
async def run(bench: Bench) -> None:
    """Marking several tasks changes all of them, or none if one is not yours.

    Somebody selects forty rows and clicks once. If the fortieth fails, nobody knows what became of the others.

    Fix: one transaction; when an UPDATE meets no row, roll back and name the place (`ids.2`) in a 422.
    """
    driver = bench.driver
    person, other = await driver.person(), await driver.person()
    project = await driver.create(person)
    tasks = [await driver.task(person, project) for _ in range(3)]
    foreign = await driver.task(other, await driver.create(other))
    ids = [task.fields["id"] for task in tasks]
    mark = {"ids": [*ids, ids[0]], "status": "done"}
    answer = expect.status(await person.client.post("/v2/tasks/status", json=mark), 200)
    expect.field(answer, "changed", equals=3)
    await all_are(bench, person, "done")
    for wrong in (foreign.fields["id"], bench.word("no-task-")):
        mark = {"ids": [*ids[:2], wrong, ids[2]], "status": "todo"}
        driver.refused(await person.client.post("/v2/tasks/status", json=mark), "ids.2")
        await all_are(bench, person, "done")
    for field, value in (("ids", []), ("ids", "text"), ("ids", ["x"] * 101), ("status", "finished")):
        mark = {"ids": ids, "status": "todo", field: value}
        driver.refused(await person.client.post("/v2/tasks/status", json=mark), field)


async def all_are(bench: Bench, person: object, status: str) -> None:
    listed = expect.status(await person.client.get("/v2/tasks"), 200)  # type: ignore[attr-defined]
    got = [item["status"] for item in listed.json()["items"]]
    expect.equal(got, [status] * 3, what="the status of the three tasks", answer=listed)

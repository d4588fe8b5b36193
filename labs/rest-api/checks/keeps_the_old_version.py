from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import shows


@check(needs=("rest-api.puts_tasks_in_projects",))
async def run(bench: Bench) -> None:
    """Version 1 still works beside version 2, on the same tasks, in both directions.

    An app in somebody's pocket is updated when they feel like it. Until then it must neither break nor destroy what the
    new version knows and the old one does not.

    Fix: keep one model; translate at the edge: `done` is the status `done`, and `done: false` leaves `doing` alone.
    """
    driver = bench.driver
    person = await driver.person()
    client = person.client
    task = await driver.task(person, await driver.create(person), status="doing", priority=5)
    old = task.path.replace("/v2/", "/v1/")
    shown = expect.status(await client.get(old), 200)
    expect.equal(shown.json(), {"id": task.fields["id"], "title": task.fields["title"], "done": False}, answer=shown)
    for change, status in (
        ({"done": False}, "doing"),
        ({"done": True}, "done"),
        ({"title": "Renamed by an old app"}, "done"),
        ({"done": False}, "todo"),
    ):
        answer = expect.status(await client.patch(old, json=change), 200)
        expect.field(answer, "done", equals=status == "done")
        now = expect.status(await client.get(task.path), 200)
        shows(now, {"status": status, "priority": 5})
    expect.field(now, "title", equals="Renamed by an old app")
    expect.status(await client.patch(task.path, json={"status": "done"}), 200)
    expect.field(expect.status(await client.get(old), 200), "done", equals=True)
    driver.refused(await client.patch(old, json={"status": "doing"}), "status")
    driver.refused(await client.patch(old, json={"done": "yes"}), "done")

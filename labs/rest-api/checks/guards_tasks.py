from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import shows


@check(needs=("rest-api.puts_tasks_in_projects",))
async def run(bench: Bench) -> None:
    """A task of somebody else looks like one that does not exist, by every path that leads to it.

    The first resource is guarded with care, the second is copied from it, the third and the old version are forgotten.
    Holes are where there are several ways to one thing.

    Fix: one function that finds a task by id and owner, used by each route, by the bulk change and by version 1.
    """
    driver = bench.driver
    alice, bob = await driver.person(), await driver.person()
    project = await driver.create(alice)
    task = await driver.task(alice, project)
    old = task.path.replace("/v2/", "/v1/")
    for method, path, body in (
        ("GET", task.path, ...),
        ("PATCH", task.path, {"title": "Bob was here"}),
        ("DELETE", task.path, ...),
        ("GET", old, ...),
        ("PATCH", old, {"done": True}),
        ("POST", f"{project.path}/tasks", {"title": "Bob was here"}),
    ):
        expect.problem(await bob.client.request(method, path, json=body), 404)
    mark = {"ids": [task.fields["id"]], "status": "done"}
    driver.refused(await bob.client.post("/v2/tasks/status", json=mark), "ids.0")
    seen = expect.status(await bob.client.get("/v2/tasks", query={"project": project.fields["slug"]}), 200)
    expect.field(seen, "items", equals=[])
    shows(expect.status(await alice.client.get(task.path), 200), task.fields)
    listed = expect.status(await alice.client.get("/v2/tasks"), 200)
    expect.field(listed, "items", equals=[task.fields])

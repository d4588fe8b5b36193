from backroad.verifier import Bench, check, expect


@check(needs=("rest-api.puts_tasks_in_projects", "http.refuses_stale_edits"))
async def run(bench: Bench) -> None:
    """A task has versions too, which each way of changing it moves on.

    An ETag that misses one kind of change is worse than none: the edit that it lets through overwrites exactly that
    change.

    Fix: raise the version in the same UPDATE that changes the row, in every statement that does: edit, bulk change, v1.
    """
    driver = bench.driver
    person = await driver.person()
    client = person.client
    task = await driver.task(person, await driver.create(person))
    old = task.path.replace("/v2/", "/v1/")
    mark = {"ids": [task.fields["id"]], "status": "doing"}
    changes = {
        "an edit": person.request("PATCH", task.path, json={"priority": 1}),
        "a change of many": person.request("POST", "/v2/tasks/status", json=mark),
        "an edit in version 1": person.request("PATCH", old, json={"done": True}),
    }
    for what, request in changes.items():
        etag = expect.header(await client.get(task.path), "ETag", matches=r'^"[^"]*"$')
        expect.status(await client.get(task.path, headers={"If-None-Match": etag}), 304)
        expect.status(await client.send(request), 200)
        late = await client.patch(task.path, headers={"If-Match": etag}, json={"title": "too late"})
        got = f"{late.status} after {what}"
        expect.that(late.status == 412, expected=f"412 for the ETag before {what}", got=got, answer=late)
        expect.status(await client.get(task.path, headers={"If-None-Match": etag}), 200)
    expect.problem(await client.delete(task.path, headers={"If-Match": etag}), 412)
    now = expect.header(await client.get(task.path), "ETag")
    expect.status(await client.delete(task.path, headers={"If-Match": now}), 204)

from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import shows


@check(needs=("data.creates",))
async def run(bench: Bench) -> None:
    """A task is made in a project, shown on its own and in the list, changed and deleted.

    A task belongs to a project for good, so its project is where it is made; it is found by its own id, because nobody
    wants to know two things to read one.

    Fix: POST /v2/projects/{slug}/tasks with `todo` and 3 where nothing is said, Location /v2/tasks/{id}.
    """
    driver = bench.driver
    person = await driver.person()
    client, project = person.client, await driver.create(person)
    answer = expect.status(await client.post(f"{project.path}/tasks", json={"title": "Write it down"}), 201)
    wanted = {"project": project.fields["slug"], "title": "Write it down", "status": "todo", "priority": 3}
    shows(answer, wanted)
    path = f"/v2/tasks/{expect.field(answer, 'id', type=str)}"
    expect.header(answer, "Location", matches=rf"(^|://[^/]+){path}$")
    shows(expect.status(await client.get(path), 200), answer.json())
    listed = expect.status(await client.get("/v2/tasks"), 200)
    expect.field(listed, "items", equals=[answer.json()])
    changes = {"status": "doing", "priority": 5}
    edited = expect.status(await client.patch(path, json=changes), 200)
    shows(edited, {**wanted, **changes})
    wrong = {"title": "", "status": "finished", "priority": 6}
    driver.refused(await client.post(f"{project.path}/tasks", json=wrong), *wrong)
    driver.refused(await client.patch(path, json=wrong), *wrong)
    shows(expect.status(await client.get(path), 200), {**wanted, **changes})
    expect.problem(await client.post(f"{driver.project_path(bench.word('no-'))}/tasks", json={"title": "x"}), 404)
    expect.status(await client.delete(path), 204)
    expect.problem(await client.get(path), 404)
    expect.problem(await client.delete(path), 404)

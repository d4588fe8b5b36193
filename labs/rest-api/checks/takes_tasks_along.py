from backroad.verifier import Bench, check, expect


@check(needs=("rest-api.puts_tasks_in_projects",))
async def run(bench: Bench) -> None:
    """Deleting a project deletes its tasks, and a new project of that name starts empty.

    Rows without a parent are the usual remains of a delete. They show up in counts, and again when somebody takes the
    name.

    Fix: a foreign key with ON DELETE CASCADE to a key that is never used again, or both deletes in one transaction.
    """
    driver = bench.driver
    person = await driver.person()
    project = await driver.create(person)
    task = await driver.task(person, project)
    other = await driver.task(person, await driver.create(person))
    expect.status(await person.client.delete(project.path), 204)
    expect.problem(await person.client.get(task.path), 404)
    again = await driver.create(person, slug=project.fields["slug"])
    for query, wanted in (({}, [other.fields]), ({"project": again.fields["slug"]}, [])):
        listed = expect.status(await person.client.get("/v2/tasks", query=query), 200)
        expect.field(listed, "items", equals=wanted)

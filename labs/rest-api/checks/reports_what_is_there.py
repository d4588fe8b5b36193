from backroad.verifier import Bench, check, expect


@check(needs=("rest-api.takes_tasks_along",))
async def run(bench: Bench) -> None:
    """The report counts your projects and your tasks by status, as they are at this moment.

    Counts kept beside the rows drift: each path that forgets to adjust them makes them wrong for good.

    Fix: count in the database when asked (GROUP BY on an indexed owner), and show 0 for what there is none of.
    """
    driver = bench.driver
    person, other = await driver.person(), await driver.person()
    await driver.task(other, await driver.create(other))
    await reports(person, 0, todo=0, doing=0, done=0)
    projects = [await driver.create(person) for _ in range(2)]
    tasks = [await driver.task(person, projects[number % 2], status="doing") for number in range(3)]
    await driver.task(person, projects[0])
    await reports(person, 2, todo=1, doing=3, done=0)
    expect.status(await person.client.patch(tasks[0].path, json={"status": "done"}), 200)
    expect.status(await person.client.delete(tasks[1].path), 204)
    await reports(person, 2, todo=1, doing=1, done=1)
    expect.status(await person.client.delete(projects[0].path), 204)
    await reports(person, 1, todo=0, doing=0, done=0)


async def reports(person: object, projects: int, **tasks: int) -> None:
    answer = expect.status(await person.client.get("/v2/report"), 200)  # type: ignore[attr-defined]
    expect.field(answer, "projects", equals=projects)
    expect.field(answer, "tasks", equals=tasks)

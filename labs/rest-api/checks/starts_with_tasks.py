from backroad.verifier import Bench, check, expect


@check(needs=("rest-api.puts_tasks_in_projects",))
async def run(bench: Bench) -> None:
    """A project can be made with up to 500 tasks, in their order; if one of them is wrong, nothing is made.

    Templates and imports begin with many rows. Made one by one, half of them are there when the fourth is refused.

    Fix: judge the whole body first and name places (`tasks.1.title`); then insert project and tasks in one transaction.
    """
    driver = bench.driver
    person = await driver.person()
    tasks = [{"title": "Plan"}, {"title": "Build", "status": "doing", "priority": 1}, {"title": "Prove"}]
    project = await driver.create(person, tasks=tasks)
    listed = expect.status(await person.client.get("/v2/tasks", query={"sort": "created_at"}), 200)
    made = [(item["title"], item["status"], item["priority"], item["project"]) for item in listed.json()["items"]]
    slug = project.fields["slug"]
    wanted = [("Plan", "todo", 3, slug), ("Build", "doing", 1, slug), ("Prove", "todo", 3, slug)]
    expect.equal(made, wanted, what="the tasks, oldest first", answer=listed)
    wrong = driver.draft(tasks=[{"title": "fine"}, {"title": 7}, {"title": "fine", "priority": 0}])
    driver.refused(await person.client.post("/v2/projects", json=wrong), "tasks.1.title", "tasks.2.priority")
    expect.problem(await person.client.get(driver.project_path(wrong["slug"])), 404)
    many = [{"title": f"Step {number}"} for number in range(501)]
    driver.refused(await person.client.post("/v2/projects", json=driver.draft(tasks=many)), "tasks")
    full = driver.draft(tasks=many[:500])
    expect.status(await person.client.post("/v2/projects", json=full), 201)
    report = expect.status(await person.client.get("/v2/report"), 200)
    expect.field(report, "tasks.todo", equals=502)

from backroad.verifier import Bench, check, expect


@check(needs=("todo.gives_each_a_url",))
async def run(bench: Bench) -> None:
    """PATCH changes what it names and nothing else, and answers the whole todo.

    A page that ticks a box sends `completed` and nothing more. If the title goes, so does the todo.

    Fix: read the todo, replace the fields that the body holds, store it, answer all of it.
    """
    driver = bench.driver
    root, client = await driver.fresh(), bench.client()
    made = await driver.post(root, title="bread", order=3)
    path = driver.path_behind(made)
    wanted = {"title": "bread", "completed": False, "order": 3}
    for edit in ({"title": "butter"}, {"completed": True}, {"order": 10}, {"completed": False}):
        wanted |= edit
        answer = expect.status(await client.patch(path, json=edit), 200)
        for name, value in wanted.items():
            expect.field(answer, name, equals=value)

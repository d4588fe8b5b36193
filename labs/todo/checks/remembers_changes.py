from backroad.verifier import Bench, check, expect


@check(needs=("todo.changes_what_is_sent",))
async def run(bench: Bench) -> None:
    """A change is there the next time, both in the todo and in the list.

    An answer that shows the change and a store that has not got it look the same, until somebody reloads.

    Fix: write before you answer, and answer what was written; list and todo read the same rows.
    """
    driver = bench.driver
    root, client = await driver.fresh(), bench.client()
    path = driver.path_behind(await driver.post(root, title="first"))
    edit = {"title": "second", "completed": True, "order": 95}
    expect.status(await client.patch(path, json=edit), 200)
    shown = expect.status(await client.get(path), 200)
    listed = expect.status(await client.get(root), 200)
    for name, value in edit.items():
        expect.field(shown, name, equals=value)
        expect.field(listed, f"0.{name}", equals=value)

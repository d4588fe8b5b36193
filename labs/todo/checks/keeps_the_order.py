from backroad.verifier import Bench, check, expect


@check(needs=("todo.remembers_changes",))
async def run(bench: Bench) -> None:
    """A todo keeps the order it was given, 0 included, when it is made and when it is changed.

    The page sorts by it. 0 is the first place and a favourite of `if (order)`, which takes it for nothing.

    Fix: a nullable integer column, and a test for "absent" rather than for "false".
    """
    driver = bench.driver
    root, client = await driver.fresh(), bench.client()
    for order in (523, 0, 95):
        made = await driver.post(root, order=order)
        expect.field(made, "order", equals=order)
        expect.field(expect.status(await client.get(driver.path_behind(made)), 200), "order", equals=order)
    answer = expect.status(await client.patch(driver.path_behind(made), json={"order": 0}), 200)
    expect.field(answer, "order", equals=0)
    expect.field(expect.status(await client.get(driver.path_behind(made)), 200), "order", equals=0)

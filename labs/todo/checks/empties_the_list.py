from backroad.verifier import Bench, check, expect


@check(needs=("todo.takes_a_todo",))
async def run(bench: Bench) -> None:
    """DELETE of the list removes every todo; the list is then an empty array.

    An empty list is a list. Answered as null or 404, it breaks the loop that shows it.

    Fix: delete all rows, answer 204 (or 200), and answer `[]` where there is nothing to list.
    """
    driver = bench.driver
    root = await driver.root()
    made = [await driver.post(root) for _ in range(2)]
    expect.status(await bench.client().delete(root), (200, 202, 204))
    answer = expect.status(await bench.client().get(root), 200)
    expect.equal(answer.json(), [], what="the list", answer=answer)
    for todo in made:
        expect.status(await bench.client().get(driver.path_behind(todo)), (404, 410))

from backroad.verifier import Bench, check, expect


@check(needs=("todo.takes_a_todo",))
async def run(bench: Bench) -> None:
    """GET of the list answers an array with every todo that was posted.

    The list is the first thing a client asks for. An object around the array, or a todo that is missing, and the page
    stays empty.

    Fix: answer a JSON array, one object for each todo, with the same fields that the todo alone has.
    """
    driver = bench.driver
    root = await driver.fresh()
    titles = [bench.word("todo ") for _ in range(3)]
    for title in titles:
        await driver.post(root, title=title)
    answer = expect.status(await bench.client().get(root), 200)
    found = [item.get("title") for item in driver.listed(answer) if isinstance(item, dict)]
    expect.equal(sorted(map(str, found)), sorted(titles), what="the titles", answer=answer)

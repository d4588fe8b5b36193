from backroad.verifier import Bench, check, expect


@check(needs=("todo.gives_each_a_url",))
async def run(bench: Bench) -> None:
    """DELETE of one todo removes that one and leaves the others.

    The route of one and the route of all differ by a path segment. The wrong one empties somebody's list.

    Fix: route by method and path, delete by id, and answer 204 (or 200).
    """
    driver = bench.driver
    root, client = await driver.fresh(), bench.client()
    await driver.post(root, title="stays")
    path = driver.path_behind(await driver.post(root, title="goes"))
    expect.status(await client.delete(path), (200, 202, 204))
    expect.status(await client.get(path), (404, 410))
    listed = expect.status(await client.get(root), 200)
    titles = [item.get("title") for item in driver.listed(listed)]
    expect.equal(titles, ["stays"], what="the titles that are left", answer=listed)

from urllib.parse import urlsplit

from backroad.verifier import Bench, check, expect


@check(needs=("todo.lists_todos",))
async def run(bench: Bench) -> None:
    """Each todo has an absolute url of its own, the same in the list as when it was made, and it answers the todo.

    A client follows links and knows no ids. A relative url is resolved against the page, which lives on another host.

    Fix: build `url` from your public base URL and the todo's path, and serve the todo there.
    """
    driver = bench.driver
    root = await driver.fresh()
    titles = {driver.path_behind(answer := await driver.post(root, title=bench.word())): answer for _ in range(3)}
    expect.equal(len(titles), 3, what="different urls")
    listed = expect.status(await bench.client().get(root), 200)
    for item in driver.listed(listed):
        url = urlsplit(str(item.get("url")))
        absolute = url.scheme in ("http", "https") and bool(url.netloc)
        expect.that(absolute, expected="an absolute url", got=f"url: {item.get('url')}", answer=listed)
        known = url.path in titles
        expect.that(known, expected="the urls that POST answered", got=f"url: {item.get('url')}", answer=listed)
        shown = expect.status(await bench.client().get(url.path), 200)
        expect.field(shown, "title", equals=item.get("title"))
        expect.field(shown, "url", equals=item.get("url"))

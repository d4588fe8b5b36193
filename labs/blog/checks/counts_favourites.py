from backroad.verifier import Bench, check, expect

FANS = 8


@check(needs=("blog.publishes_articles",), seconds=30)
async def run(bench: Bench) -> None:
    """Eight readers who like an article twice each, all at the same moment, are eight; taking it back counts down.

    A counter column that is read, raised and written loses likes; one that is raised on every click counts impatience.

    Fix: a table of (article, user) with a primary key over both, INSERT ... ON CONFLICT DO NOTHING, and count its rows.
    """
    driver = bench.driver
    author = await driver.person()
    fans = [await driver.person() for _ in range(FANS)]
    path = driver.article_path((await driver.publish(author))["slug"])
    answers = await bench.at_once([fan.request("POST", f"{path}/favorite") for fan in fans for _ in range(2)])
    expect.all_of(answers, 200)
    shown = expect.status(await fans[0].client.get(path), 200)
    expect.field(shown, "article.favoritesCount", equals=FANS)
    expect.field(shown, "article.favorited", equals=True)
    expect.field(expect.status(await bench.client().get(path), 200), "article.favorited", equals=False)
    for _ in range(2):
        taken = expect.status(await fans[0].client.delete(f"{path}/favorite"), 200)
        expect.field(taken, "article.favoritesCount", equals=FANS - 1)
        expect.field(taken, "article.favorited", equals=False)

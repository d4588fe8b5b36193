from backroad.verifier import Answer, Bench, check, expect


@check(needs=("blog.publishes_articles",), seconds=15)
async def run(bench: Bench) -> None:
    """Lists show the newest first, in pages, without bodies, by tag, author or who likes them; the count is of all.

    The client draws its page numbers from articlesCount and its filters from the query. A count of the page instead of
    all hides everything from page two on.

    Fix: one WHERE for the rows and for the count, ORDER BY a key that never ties, LIMIT and OFFSET; leave `body` out.
    """
    driver = bench.driver
    person, other = await driver.person(), await driver.person()
    name = (await person.client.get("/api/user")).json()["user"]["username"]
    tag = bench.word("tag-")
    made = [await driver.publish(person, tagList=[tag] if at % 2 else []) for at in range(5)]
    slugs = [article["slug"] for article in reversed(made)]
    expect.status(await other.client.post(f"{driver.article_path(slugs[2])}/favorite"), 200)
    fan = (await other.client.get("/api/user")).json()["user"]["username"]
    client = bench.client()
    for query, wanted, count in (
        ({"author": name}, slugs, 5),
        ({"author": name, "limit": 2, "offset": 1}, slugs[1:3], 5),
        ({"author": name, "offset": 9}, [], 5),
        ({"tag": tag}, [slugs[1], slugs[3]], 2),
        ({"favorited": fan}, [slugs[2]], 1),
        ({"tag": tag, "author": fan}, [], 0),
    ):
        shows(expect.status(await client.get(driver.collection.path, query=query), 200), wanted, count)
    everything = expect.status(await client.get(driver.collection.path), 200)
    expect.that(len(everything.json()["articles"]) <= 20, expected="at most 20 articles", got="more", answer=everything)


def shows(answer: Answer, slugs: list[str], count: int) -> None:
    articles = expect.field(answer, "articles", type=list)
    expect.equal([article.get("slug") for article in articles], slugs, what="the slugs", answer=answer)
    expect.field(answer, "articlesCount", equals=count)
    heavy = any("body" in article for article in articles)
    expect.that(not heavy, expected="articles without body", got="a field body", answer=answer)

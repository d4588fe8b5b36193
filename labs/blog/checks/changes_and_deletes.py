from backroad.verifier import Bench, check, expect


@check(needs=("blog.publishes_articles",), seconds=10)
async def run(bench: Bench) -> None:
    """An edit changes what it names and `updatedAt`; a deleted article is gone, with everything that hung on it.

    Conduit's editor sends only what was touched. And an article that is deleted but still in lists, feeds or tags is
    not deleted.

    Fix: update the given fields in one transaction; delete with ON DELETE CASCADE, answer 204, then 404.
    """
    driver = bench.driver
    person = await driver.person()
    client, tag = person.client, bench.word("tag-")
    article = await driver.publish(person, tagList=[tag])
    path = driver.article_path(article["slug"])
    edited = expect.status(await client.put(path, json={"article": {"body": "Another text"}}), 200)
    kept = {**article, "body": "Another text"}
    for field in ("slug", "title", "description", "body", "tagList", "createdAt", "favoritesCount", "author"):
        expect.field(edited, f"article.{field}", equals=kept[field])
    later = expect.field(edited, "article.updatedAt", type=str) > article["updatedAt"]
    expect.that(later, expected="a later updatedAt", got="the old one", answer=edited)
    renamed = await client.put(path, json={"article": {"title": f"Rather about {tag}"}})
    path = driver.path_of(expect.status(renamed, 200))
    expect.field(expect.status(await client.get(path), 200), "article.body", equals="Another text")
    expect.status(await client.post(f"{path}/comments", json={"comment": {"body": "Well said"}}), 201)
    expect.status(await client.delete(path), 204)
    for request in (client.get(path), client.get(f"{path}/comments"), client.delete(path)):
        driver.refusal(await request, 404)
    listed = expect.status(await client.get(driver.collection.path, query={"tag": tag}), 200)
    expect.field(listed, "articlesCount", equals=0)
    expect.that(tag not in (await client.get("/api/tags")).json()["tags"], expected="no such tag", got="it is there")

from backroad.verifier import Bench, check, expect


@check(needs=("blog.lists_and_filters",), seconds=10)
async def run(bench: Bench) -> None:
    """Your feed has the articles of those you follow, and of nobody else; unfollowing empties it.

    `following` is about who looks: the same profile is followed for one reader and not for the next.

    Fix: join articles with the follows of the signed-in user; following twice is following once.
    """
    driver = bench.driver
    reader, writer, other = [await driver.person() for _ in range(3)]
    name = (await writer.client.get("/api/user")).json()["user"]["username"]
    article = await driver.publish(writer)
    await driver.publish(other)
    path = f"/api/profiles/{name}/follow"
    for _ in range(2):
        expect.field(expect.status(await reader.client.post(path), 200), "profile.following", equals=True)
    feed = expect.status(await reader.client.get("/api/articles/feed"), 200)
    slugs = {one.get("slug") for one in expect.field(feed, "articles", type=list)}
    expect.that(article["slug"] in slugs, expected="their article in the feed", got="it is not there", answer=feed)
    expect.that(len(slugs) == 1, expected="nothing else in the feed", got="articles of others, too", answer=feed)
    expect.field(feed, "articlesCount", equals=1)
    expect.field(feed, "articles.0.author.following", equals=True)
    for client, follows in ((reader.client, True), (other.client, False), (bench.client(), False)):
        profile = expect.status(await client.get(f"/api/profiles/{name}"), 200)
        expect.field(profile, "profile.following", equals=follows)
    expect.field(expect.status(await reader.client.delete(path), 200), "profile.following", equals=False)
    expect.field(expect.status(await reader.client.get("/api/articles/feed"), 200), "articlesCount", equals=0)
    driver.refusal(await reader.client.post(f"/api/profiles/{bench.word('nobody-')}/follow"), 404)

from backroad.verifier import Bench, check, expect


@check(needs=("blog.changes_and_deletes",), seconds=10)
async def run(bench: Bench) -> None:
    """Nobody but its author changes or deletes an article or a comment: 403, and nothing has happened.

    The client hides the button, the URL is still there. It is the most common hole of all: signed in, and allowed
    everything.

    Fix: compare the author with the signed-in user in the same transaction that writes.
    """
    driver = bench.driver
    author, other = await driver.person(), await driver.person()
    article = await driver.publish(author)
    path = driver.article_path(article["slug"])
    comment = await author.client.post(f"{path}/comments", json={"comment": {"body": "First"}})
    number = expect.field(expect.status(comment, 201), "comment.id", type=int)
    driver.refusal(await other.client.put(path, json={"article": {"body": "Mine now"}}), 403)
    driver.refusal(await other.client.delete(path), 403)
    driver.refusal(await other.client.delete(f"{path}/comments/{number}"), 403)
    shown = expect.status(await other.client.get(path), 200)
    expect.field(shown, "article.body", equals=article["body"])
    comments = expect.status(await other.client.get(f"{path}/comments"), 200)
    expect.field(comments, "comments.0.id", equals=number)

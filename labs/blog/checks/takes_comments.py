from backroad.verifier import Bench, check, expect


@check(needs=("blog.publishes_articles",), seconds=10)
async def run(bench: Bench) -> None:
    """Comments are created with 201, listed with their authors, and deleted by who wrote them.

    An id that is a text in one answer and a number in the next breaks every typed client.

    Fix: answer id, createdAt, updatedAt, body and author alike in both answers; 204 for the delete, then 404.
    """
    driver = bench.driver
    author, reader = await driver.person(), await driver.person()
    path = f"{driver.article_path((await driver.publish(author))['slug'])}/comments"
    name = (await reader.client.get("/api/user")).json()["user"]["username"]
    made = expect.status(await reader.client.post(path, json={"comment": {"body": "Well <b>said</b> 🙂"}}), 201)
    number = expect.field(made, "comment.id", type=int)
    expect.field(made, "comment.body", equals="Well <b>said</b> 🙂")
    expect.field(made, "comment.author.username", equals=name)
    expect.field(made, "comment.createdAt", matches=r"Z$")
    expect.field(made, "comment.updatedAt", matches=r"Z$")
    listed = expect.status(await bench.client().get(path), 200)
    expect.field(listed, "comments", equals=[made.json()["comment"]])
    driver.refusal(await reader.client.post(path, json={"comment": {"body": ""}}), 422, "body")
    expect.status(await reader.client.delete(f"{path}/{number}"), 204)
    driver.refusal(await reader.client.delete(f"{path}/{number}"), 404)
    expect.field(expect.status(await bench.client().get(path), 200), "comments", equals=[])

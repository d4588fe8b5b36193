from backroad.verifier import Bench, check, expect


@check(needs=("blog.publishes_articles",), seconds=10)
async def run(bench: Bench) -> None:
    """What is missing, blank or of a wrong type is refused with 422, and `errors` names every such field.

    The editor shows each message beside its field. One that stops at the first mistake makes people send a form four
    times.

    Fix: judge all fields, collect messages by name, answer {"errors": {"title": ["can't be blank"]}}.
    """
    driver = bench.driver
    person = await driver.person()
    post = person.client.post
    path = driver.collection.path
    driver.refusal(await post(path, json={"article": {}}), 422, "title", "description", "body")
    driver.refusal(await post(path, json=driver.draft(title="  ", body=7)), 422, "title", "body")
    driver.refusal(await post(path, json=driver.draft(tagList="one")), 422, "tagList")
    for body in (b"", b"{", b"[]", b'{"article": null}', b'{"article": "text"}', b'"\xff"'):
        answer = await post(path, headers={"Content-Type": "application/json"}, body=body)
        driver.refusal(answer, (400, 422))
    for query in ({"limit": 0}, {"limit": 101}, {"limit": "all"}, {"offset": -1}, {"offset": "x"}):
        driver.refusal(await person.client.get(path, query=query), 422, next(iter(query)))
    user = {"username": "", "email": "nobody", "password": "short"}
    driver.refusal(await bench.client().post("/api/users", json={"user": user}), 422, *user)
    expect.status(await post(path, json=driver.draft()), 201)

from datetime import UTC, datetime, timedelta

from backroad.verifier import Bench, check, expect

TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"


@check(needs=("blog.signs_up_and_in",), seconds=10)
async def run(bench: Bench) -> None:
    """An article is created with 201, shown to everybody as it was written, and found under a slug of its own.

    Two people may well call an article "Hello". If the second one is lost, or shows the first one's text, the name of
    the thing was mistaken for the thing.

    Fix: make the slug from the title and, if it is taken, add something random; keep it unique in the database; answer
    every field of the schema, tags in the order given.
    """
    driver = bench.driver
    person = await driver.person()
    name = (await person.client.get("/api/user")).json()["user"]["username"]
    draft = driver.draft(title=f"Ça va, {bench.word()}?", body="# Ä\n\nüß 🙂 <b>'</b>", tagList=["one", "zwei", "3"])
    path = driver.collection.path
    answer = expect.status(await person.client.post(path, json=draft), 201)
    for field, wanted in draft["article"].items():
        expect.field(answer, f"article.{field}", equals=wanted)
    author = {"username": name, "bio": None, "image": None, "following": False}
    for field, wanted in (("favorited", False), ("favoritesCount", 0), ("author", author)):
        expect.field(answer, f"article.{field}", equals=wanted)
    made = expect.field(answer, "article.createdAt", matches=TIME)
    expect.field(answer, "article.updatedAt", matches=TIME)
    off = abs(datetime.now(UTC) - datetime.fromisoformat(made))
    expect.that(off < timedelta(minutes=1), expected="createdAt is now", got=f"createdAt: {made}", answer=answer)
    slug = expect.field(answer, "article.slug", matches=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    shown = expect.status(await bench.client().get(f"{path}/{slug}"), 200)
    expect.equal(shown.json(), answer.json(), what="the article as everybody sees it", answer=shown)
    again = await bench.at_once(5, lambda: person.request("POST", path, json=draft))
    expect.all_of(again, 201)
    slugs = {one.json()["article"]["slug"] for one in again} | {slug}
    expect.that(len(slugs) == 6, expected="six slugs for six articles", got=f"{len(slugs)}", answer=again)

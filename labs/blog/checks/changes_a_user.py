from backroad.verifier import Bench, check, expect


@check(needs=("blog.signs_up_and_in",), seconds=10)
async def run(bench: Bench) -> None:
    """PUT /api/user changes the fields that are given and keeps the others; a new password works, the old one does not.

    The settings page sends what was edited. A backend that fills the rest with null deletes a biography with each new
    picture.

    Fix: tell absent from null; hash the new password like the first one.
    """
    driver = bench.driver
    person = await driver.person()
    email = (await person.client.get("/api/user")).json()["user"]["email"]
    first = await person.client.put(
        "/api/user", json={"user": {"bio": "I write.", "image": "https://example.com/i.png"}}
    )
    expect.status(first, 200)
    second = await person.client.put("/api/user", json={"user": {"image": None, "password": "another horse"}})
    expect.field(expect.status(second, 200), "user.bio", equals="I write.")
    expect.field(second, "user.image", equals=None)
    expect.field(second, "user.email", equals=email)
    for password, status in (("another horse", 200), ("correct horse battery", 401)):
        user = {"email": email, "password": password}
        expect.status(await bench.client().post("/api/users/login", json={"user": user}), status)

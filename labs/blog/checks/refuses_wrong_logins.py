from backroad.verifier import Bench, check, expect


@check(needs=("blog.signs_up_and_in",), seconds=10)
async def run(bench: Bench) -> None:
    """A wrong password and an unknown address get the same 401; a name or address that is taken gets 409.

    "No such user" tells a stranger who has an account here. Two people under one name are one person to everybody else.

    Fix: one message for both; unique indexes on username and email (in lower case), and 409 when one is violated.
    """
    driver, client = bench.driver, bench.client()
    person = await driver.person()
    name = (await person.client.get("/api/user")).json()["user"]["username"]
    answers = []
    for email, password in ((f"{name}@example.com", "wrong horse battery"), (f"x{name}@example.com", "a b c d e f")):
        answer = await client.post("/api/users/login", json={"user": {"email": email, "password": password}})
        driver.refusal(answer, 401)
        answers.append(answer.json())
    expect.equal(answers[1], answers[0], what="the answer for an unknown address", answer=answer)
    for field, user in (
        ("username", {"username": name, "email": f"other-{name}@example.com", "password": "correct horse"}),
        ("email", {"username": f"other-{name}", "email": f"{name}@EXAMPLE.com", "password": "correct horse"}),
    ):
        driver.refusal(await client.post("/api/users", json={"user": user}), 409, field)

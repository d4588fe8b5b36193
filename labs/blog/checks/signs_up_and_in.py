from backroad.verifier import Answer, Bench, check, expect


@check(needs=("http.answers_health",), seconds=10)
async def run(bench: Bench) -> None:
    """Who signs up is signed in, can sign in again, and is shown with token, name, address, bio and image.

    Every Conduit client stores `user.token` from this one answer and reads the other fields without asking. One that is
    missing is a broken page.

    Fix: answer 201 to POST /api/users and 200 to POST /api/users/login and GET /api/user, each with the whole `user`;
    bio and image are null until they are set. Addresses are compared without case.
    """
    client = bench.client()
    name = bench.word("reader-")
    email, password = f"{name}@example.com", "correct horse battery"
    signed_up = await client.post("/api/users", json={"user": {"username": name, "email": email, "password": password}})
    shown(expect.status(signed_up, 201), name, email)
    for spelled in (email, email.upper()):
        signed_in = await client.post("/api/users/login", json={"user": {"email": spelled, "password": password}})
        shown(expect.status(signed_in, 200), name, email)
    token = expect.field(signed_in, "user.token", type=str)
    shown(expect.status(await client.get("/api/user", headers={"Authorization": f"Token {token}"}), 200), name, email)


def shown(answer: Answer, name: str, email: str) -> None:
    expect.header(answer, "content-type", matches=r"(?i)^application/json\b")
    for field, wanted in (("username", name), ("email", email), ("bio", None), ("image", None)):
        expect.field(answer, f"user.{field}", equals=wanted)
    expect.field(answer, "user.token", matches=r"^[\w-]+\.[\w-]+\.[\w-]+$|^\S{22,}$")
    expect.that("password" not in answer.text, expected="no password", got="a field about it", answer=answer)

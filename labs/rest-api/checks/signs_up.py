from backroad.verifier import Bench, check, expect


@check(needs=("access.lets_you_in",))
async def run(bench: Bench) -> None:
    """Signing up answers a token that is shown once, never cached, and says who you are from then on.

    A token that is kept by a proxy or shown again later is a password that others have.

    Fix: 201 with the user and the token, `Cache-Control: no-store`; `/v2/me` shows the user and never the token.
    """
    word = bench.word("Mixed-")
    body = {"name": "Ada \u00c5", "email": f"{word}@Example.COM"}
    answer = expect.status(await bench.client().post("/v2/users", json=body), 201)
    expect.header(answer, "Cache-Control", matches=r"(?i)\bno-store\b")
    token = expect.field(answer, "token", matches=r"^\S{22,}$")
    expect.field(answer, "email", equals=body["email"].lower())
    client = bench.client({"Authorization": f"Bearer {token}"})
    me = expect.status(await client.get("/v2/me"), 200)
    for name in ("id", "name", "email"):
        expect.field(me, name, equals=answer.json()[name])
    expect.that(token not in me.text, expected="you without the token", got="the token again", answer=me)

import base64
import json

from backroad.verifier import Bench, check, expect


@check(needs=("blog.signs_up_and_in",), seconds=10)
async def run(bench: Bench) -> None:
    """Without a token, or with one that was made up, changed or never signed, every private request is 401.

    A token is read by everybody and believed only for its signature. `alg: none` and a changed subject are the first
    two things that a stranger tries.

    Fix: verify with one fixed algorithm and key, check exp, in one place that all private routes pass through.
    """
    driver, client = bench.driver, bench.client()
    person, other = await driver.person(), await driver.person()
    for request in driver.private():
        driver.refusal(await client.send(request), 401)
    token = person.secret
    head, _, rest = token.partition(".")
    forged = {"a made-up token": token[::-1], "a token without its end": token[:-4]}
    if rest.count(".") == 1:
        claims, _, signature = rest.partition(".")
        theirs = other.secret.split(".")[1]
        forged |= {
            "a token without a signature": f"{encode({'alg': 'none', 'typ': 'JWT'})}.{claims}.",
            "somebody else's claims under this signature": f"{head}.{theirs}.{signature}",
        }
    for what, secret in forged.items():
        answer = await client.get("/api/user", headers={"Authorization": f"Token {secret}"})
        expect.that(answer.status == 401, expected=f"401 for {what}", got=f"{answer.status}", answer=answer)


def encode(value: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

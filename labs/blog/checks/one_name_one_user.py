from backroad.verifier import Bench, Request, check, expect

CLAIMS = 8


@check(needs=("blog.refuses_wrong_logins",), seconds=30)
async def run(bench: Bench) -> None:
    """Of eight who claim one name at the same moment one gets it, and the others 409.

    Between "is it free" and "now it is mine" others ask the same. A hash that takes 50 ms makes that gap wide.

    Fix: let the unique index decide, and turn its violation into 409.
    """
    driver = bench.driver
    name = bench.word("one-")

    def claim(index: int) -> Request:
        user = {"username": name, "email": f"{name}-{index}@example.com", "password": "correct horse"}
        return bench.request("POST", "/api/users", json={"user": user})

    answers = await bench.at_once(CLAIMS, claim, timeout=15)
    winner = expect.exactly_one(answers, status=201, rest=409)
    expect.field(winner, "user.username", equals=name)
    driver.refusal(next(answer for answer in answers if answer is not winner), 409, "username")

from backroad.verifier import Bench, check, expect


@check(needs=("rest-api.signs_up",))
async def run(bench: Bench) -> None:
    """An e-mail address has one account, in any spelling of case, even when ten sign up at once.

    Two accounts for one address mean two passwords, half of the data in each, and a reset link that opens the wrong
    one.

    Fix: store the address in lower case, with a unique index; answer 409 where the database reports its violation.
    """
    email = f"{bench.word('ada-')}@example.com"
    spellings = [email, email.upper(), email.title()]
    bodies = [{"name": "Ada", "email": spellings[number % 3]} for number in range(10)]
    answers = await bench.at_once([bench.request("POST", "/v2/users", json=body) for body in bodies])
    expect.exactly_one(answers, 201, rest=409)
    for spelling in spellings:
        late = await bench.client().post("/v2/users", json={"name": "Ada", "email": spelling})
        expect.problem(late, 409)

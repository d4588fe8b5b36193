from backroad.verifier import Bench, check, expect


@check(needs=("jobs.moves_in_order",), seconds=10)
async def run(bench: Bench) -> None:
    """Of ten moves from one state at the same moment one happens, and the other nine are answered 409.

    The candidate withdraws while the recruiter makes an offer. Both read "reviewing", both write, and the one who
    writes last wins, though both were told that it worked.

    Fix: decide and write in one step: `UPDATE … SET state = ? WHERE id = ? AND state = ?`, or read the row FOR UPDATE
    in the transaction that writes it; 409 when the state is another by then.
    """
    driver = bench.driver
    recruiter = await driver.person()
    for _ in range(3):
        candidate = await driver.uploader()
        application = await driver.apply(candidate, await driver.create(recruiter))
        expect.status(await driver.move(recruiter, application, "reviewing"), 200)
        moves = [
            person.request("PATCH", application.path, json={"state": state})
            for person, state in ((recruiter, "offered"), (candidate, "withdrawn"), (recruiter, "rejected"))
            for _ in range(3)
        ]
        answers = await bench.at_once([*moves, moves[0]])
        # An offer may be withdrawn after it was made: two moves, the one after the other.
        done = [answer.json().get("state") for answer in answers if getattr(answer, "status", 0) == 200]
        in_order = len(done) == 1 or sorted(done) == ["offered", "withdrawn"]
        got = f"{len(done)} moves"
        expect.that(in_order, expected="one move, or an offer and its withdrawal", got=got, answer=answers)
        rest = [answer for answer in answers if getattr(answer, "status", 0) != 200]
        expect.all_of(rest, 409)
        last = "withdrawn" if "withdrawn" in done else done[0]
        expect.field(expect.status(await candidate.client.get(application.path), 200), "state", equals=last)

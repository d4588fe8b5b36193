from backroad.verifier import Bench, check, expect

OFFERS, OPENINGS = 5, 2


@check(needs=("jobs.moves_in_order",), seconds=20)
async def run(bench: Bench) -> None:
    """When five candidates accept at once and two are wanted, two are hired, three are answered 409, the job closes.

    "Count who is hired, then hire" is a race for the last place. It ends with a contract too many, which somebody has
    to take back.

    Fix: `UPDATE postings SET hired = hired + 1 WHERE id = ? AND hired < openings`, in the transaction of the move, and
    409 when it changes no row.
    """
    driver = bench.driver
    recruiter = await driver.person()
    job = await driver.create(recruiter, openings=OPENINGS)
    accepts = []
    for _ in range(OFFERS):
        candidate = await driver.uploader()
        application = await driver.apply(candidate, job)
        expect.status(await driver.move(recruiter, application, "reviewing", "offered"), 200)
        accepts.append(candidate.request("PATCH", application.path, json={"state": "hired"}))
    answers = await bench.at_once(accepts)
    hired = [answer for answer in answers if getattr(answer, "status", 0) == 200]
    rest = [answer for answer in answers if getattr(answer, "status", 0) != 200]
    got = f"{len(hired)} hired"
    expect.that(len(hired) == OPENINGS, expected=f"{OPENINGS} hired", got=got, answer=answers)
    expect.all_of(rest, 409)
    shown = expect.status(await recruiter.client.get(job.path), 200)
    expect.field(shown, "hired", equals=OPENINGS)
    expect.field(shown, "state", equals="closed")
    listed = expect.status(await recruiter.client.get("/applications"), 200)
    states = [item.get("state") for item in expect.field(listed, "items", type=list)]
    expect.equal(states.count("hired"), OPENINGS, what="the number of applications that are hired", answer=listed)

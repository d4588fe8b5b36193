from backroad.verifier import Bench, check, expect

CLICKS = 12


@check(needs=("jobs.takes_applications",))
async def run(bench: Bench) -> None:
    """A candidate applies once for each job: of twelve applications at once one is taken and eleven are answered 409.

    A slow answer makes people click again. "Look whether they have applied, then insert" lets both clicks through.

    Fix: a unique index over job and candidate, and 409 where it refuses.
    """
    driver = bench.driver
    recruiter = await driver.person()
    for _ in range(3):
        job, candidate = await driver.create(recruiter), await driver.uploader()
        body = {"resume": await driver.resume(candidate)}
        path = f"{driver.public(job)[0]}/applications"
        answers = await bench.at_once(CLICKS, candidate.request("POST", path, json=body))
        expect.exactly_one(answers, 201, rest=409)
        listed = expect.status(await candidate.client.get("/applications"), 200)
        expect.equal(len(expect.field(listed, "items", type=list)), 1, what="the number of applications", answer=listed)
        expect.problem(await candidate.client.post(path, json=body), 409)

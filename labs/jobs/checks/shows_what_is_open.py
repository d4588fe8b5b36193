from backroad.verifier import Bench, check, expect


@check(needs=("jobs.searches",))
async def run(bench: Bench) -> None:
    """A draft is seen by its recruiter alone, a closed job is found no more, and no posting becomes a draft again.

    A draft that a search engine found is a plan that a competitor has read. A closed job that is still listed costs
    people an evening.

    Fix: put the state into the query of every public read; allow draft to open, open to closed, closed to open, and
    answer 409 for any other change of state.
    """
    driver = bench.driver
    person, place, visitor = await driver.person(), bench.word("Town "), bench.client()
    job = await driver.create(person, place=place, state="draft")
    public = driver.public(job)[0]

    async def listed() -> int:
        answer = expect.status(await visitor.get("/jobs", query={"place": place}), 200)
        return len(expect.field(answer, "items", type=list))

    expect.problem(await visitor.get(public), 404)
    expect.equal(await listed(), 0, what="the number of drafts that are found")
    expect.problem(await person.client.patch(job.path, json={"state": "closed"}), 409)
    for state, found in (("open", 1), ("closed", 0), ("open", 1)):
        expect.status(await person.client.patch(job.path, json={"state": state}), 200)
        expect.field(expect.status(await visitor.get(public), 200), "state", equals=state)
        expect.equal(await listed(), found, what=f"the number of jobs found once it is {state}")
    expect.problem(await person.client.patch(job.path, json={"state": "draft"}), 409)
    driver.refused(await person.client.post("/postings", json=driver.draft(state="closed")), "state")
    expect.field(expect.status(await visitor.get(public), 200), "state", equals="open")

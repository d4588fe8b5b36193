from backroad.verifier import Bench, check, expect


@check(needs=("jobs.takes_applications",))
async def run(bench: Bench) -> None:
    """An application takes a résumé of the candidate's own; one of somebody else is refused with 422.

    An id in a body is as easy to change as one in a path. With it a candidate, helped by a recruiter account of their
    own, reads the résumés of everybody.

    Fix: look the résumé up by its id and its owner when the application is made.
    """
    driver = bench.driver
    recruiter, candidate, other = await driver.person(), await driver.uploader(), await driver.uploader()
    job, foreign = await driver.create(recruiter), await driver.resume(other)
    path = f"{driver.public(job)[0]}/applications"
    for resume in (foreign, job.fields["id"], "no id", 7, None):
        driver.refused(await candidate.client.post(path, json={"resume": resume}), "resume")
    driver.refused(await candidate.client.post(path, json={"letter": "No résumé."}), "resume")
    expect.problem(await recruiter.client.get(f"/resumes/{foreign}/file"), 404)
    await driver.apply(candidate, job)

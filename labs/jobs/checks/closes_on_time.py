import asyncio
import time
from datetime import UTC, datetime

from backroad.verifier import Bench, check, expect


@check(needs=("jobs.takes_applications",), seconds=20)
async def run(bench: Bench) -> None:
    """A job that is closed, or whose deadline has passed, takes no application (409) and is found no more.

    A deadline is a promise of fairness. One that a job runs every night to enforce is open until midnight for those
    who know it.

    Fix: compare the state and closes_at with the clock in the statement that takes the application, and in the search.
    """
    driver = bench.driver
    recruiter, candidate, late = await driver.person(), await driver.uploader(), await driver.uploader()
    closed = await driver.create(recruiter)
    expect.status(await recruiter.client.patch(closed.path, json={"state": "closed"}), 200)
    body = {"resume": await driver.resume(late)}
    expect.problem(await late.client.post(f"{driver.public(closed)[0]}/applications", json=body), 409)
    early, place = await driver.resume(candidate), bench.word("Town ")
    for delay in (0.5, 2, 6):
        ends = time.time() + delay
        instant = datetime.fromtimestamp(ends, UTC).isoformat(timespec="milliseconds")
        job = await driver.create(recruiter, closes_at=instant, place=place)
        path = f"{driver.public(job)[0]}/applications"
        before = await candidate.client.post(path, json={"resume": early})
        if time.time() < ends - 0.05:
            break
    else:
        bench.unclear("the target was too slow to take an application before the deadline")
    expect.status(before, 201)
    await asyncio.sleep(max(0, ends - time.time()) + 0.1)
    expect.problem(await late.client.post(path, json=body), 409)
    found = expect.status(await bench.client().get("/jobs", query={"place": place}), 200)
    expect.field(found, "items", equals=[])
    expect.status(await bench.client().get(driver.public(job)[0]), 200)
    expect.status(await recruiter.client.patch(job.path, json={"closes_at": None}), 200)
    expect.status(await late.client.post(path, json=body), 201)

from backroad.verifier import Bench, check, expect


@check(needs=("uploads.keeps_bytes_exact", "jobs.shows_what_is_open"))
async def run(bench: Bench) -> None:
    """A candidate applies with a résumé, and the recruiter of that job sees the application and reads the résumé.

    It is what the portal is for. The recruiter may read this file because it was sent to them, and no other.

    Fix: store the application with job, candidate, résumé and letter, and let a résumé be read by its owner and by
    recruiters of jobs that it was sent to.
    """
    driver = bench.driver
    recruiter, candidate = await driver.person(), await driver.uploader()
    job, content = await driver.create(recruiter), driver.content()
    uploaded = await driver.uploaded(candidate, content)
    download, resume = driver.download_path(uploaded), expect.field(uploaded, "id", type=str)
    expect.problem(await recruiter.client.get(download), 404)
    body = {"resume": resume, "letter": "I am the one."}
    answer = await candidate.client.post(f"{driver.public(job)[0]}/applications", json=body)
    expect.status(answer, 201)
    path = driver.path_of(answer)
    for person in (candidate, recruiter):
        shown = expect.status(await person.client.get(path), 200)
        for name, value in {"job": job.fields["id"], "state": "submitted", **body}.items():
            expect.field(shown, name, equals=value)
        listed = expect.status(await person.client.get("/applications"), 200)
        ids = [item.get("id") for item in expect.field(listed, "items", type=list)]
        expect.equal(ids, [shown.json().get("id")], what="the ids of the applications listed", answer=listed)
    read = expect.status(await recruiter.client.get(download), 200)
    expect.that(read.body == content, expected="the résumé as it was sent", got="other bytes", answer=read)
    expect.problem(await candidate.client.delete(driver.upload_path(uploaded)), 409)
    expect.status(await recruiter.client.get(download), 200)

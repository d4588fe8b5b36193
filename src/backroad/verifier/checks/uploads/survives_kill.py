from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.drivers.uploads import Uploads
from backroad.verifier.verdict import Failed
from backroad.verifier.wording import count

FILES = 6


@check(needs=("uploads.keeps_bytes_exact",), seconds=20, control=True)
async def run(bench: Bench) -> None:
    """A file that was answered 201 is still there, whole, after kill -9 right after the answer.

    The row is in the database and the file is still being written by a thread in the background. After the crash
    somebody has sent a résumé that nobody can open.

    Fix: write the file under a name of your own, flush and fsync it, then commit the row that names it, then answer.
    """
    driver: Uploads = bench.driver
    person = await driver.uploader()
    contents = [driver.content(200_000) for _ in range(FILES)]
    requests = [driver.upload_request(content) for content in contents]
    sent = [person.request("POST", one.path, headers=dict(one.headers), body=one.body) for one in requests]
    answers = await bench.at_once(sent)
    await bench.target.kill()
    await bench.target.start()
    lost = []
    for content, answer in zip(contents, answers, strict=True):
        shown = await person.client.get(driver.download_path(expect.status(answer, 201)))
        if shown.status != 200 or shown.body != content:
            lost.append(shown)
    if lost:
        raise Failed(
            sent=f"{FILES} × POST {driver.uploads}, all answered 201, then kill -9, a new start, and a GET of each",
            expected=f"{count(FILES)} files as they were sent",
            got=f"files that are gone or cut: {worst(lost[0])}",
            exchanges=[lost[0].exchange],
        )


def worst(answer: Answer) -> str:
    return f"{answer.status}" if answer.status != 200 else "200 with other bytes"

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.uploads import Uploads


@check(needs=("uploads.keeps_bytes_exact",))
async def run(bench: Bench) -> None:
    """A file is read, listed and deleted by its owner, and for everybody else it does not exist.

    Files often come from a folder that the web server serves by itself, past every rule. Whoever guesses or is sent
    the address has the file.

    Fix: serve files through a route that looks them up by id and owner; answer 404 for those of others.
    """
    driver: Uploads = bench.driver
    owner, other = await driver.uploader(), await driver.uploader()
    content = driver.content()
    answer = await driver.uploaded(owner, content)
    about, download = driver.upload_path(answer), driver.download_path(answer)
    for path in dict.fromkeys((about, download)):
        expect.problem(await bench.client().get(path), 401)
        expect.problem(await other.client.get(path), 404)
    expect.problem(await bench.client().delete(about), 401)
    expect.problem(await other.client.delete(about), 404)
    listed = expect.status(await other.client.get(driver.uploads), 200)
    expect.field(listed, driver.collection.items, equals=[])
    shown = expect.status(await owner.client.get(download), 200)
    expect.that(shown.body == content, expected="the file, still there", got="another one", answer=shown)
    expect.status(await owner.client.delete(about), 204)
    for path in (about, download):
        expect.problem(await owner.client.get(path), 404)

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.uploads import Uploads


@check(needs=("uploads.keeps_bytes_exact",))
async def run(bench: Bench) -> None:
    """A file is judged by its content: what is not of the kind that is taken is refused, whatever it is called.

    The name and the Content-Type of a file are what its sender says of it. A program called resume.pdf is still a
    program, and the next one to open it is a colleague.

    Fix: look at the bytes (the first few tell the kinds apart, the end tells whether it is whole) and answer 422 for
    what is none of the kinds that you take.
    """
    driver: Uploads = bench.driver
    person = await driver.uploader()
    for what, content in driver.disguises().items():
        bench.log(f"sending {what} as {driver.upload_kind}")
        driver.refused(await driver.upload(person, content), driver.upload_field)
    answer = expect.status(await person.client.get(driver.uploads), 200)
    expect.field(answer, driver.collection.items, equals=[])

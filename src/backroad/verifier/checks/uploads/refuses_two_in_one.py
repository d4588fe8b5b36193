from backroad.verifier import Bench, check
from backroad.verifier.drivers.uploads import Uploads


@check(needs=("uploads.judges_the_content",))
async def run(bench: Bench) -> None:
    """A file that is of the right kind and of another one at the same time is refused.

    Many readers look for the mark of a PDF within the first thousand bytes, and for that of a ZIP at the end. One file
    can satisfy both, or be a page of HTML for a browser and a PDF for your test.

    Fix: want the mark of the kind at the very first byte, and refuse a file that ends with the directory of an archive.
    """
    driver: Uploads = bench.driver
    person = await driver.uploader()
    for what, content in driver.two_in_one().items():
        bench.log(f"sending {what}")
        driver.refused(await driver.upload(person, content), driver.upload_field)

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.uploads import BOUNDARY, Uploads
from backroad.verifier.wording import size


@check(needs=("access.lets_you_in",))
async def run(bench: Bench) -> None:
    """A file that is taken is answered 201 with its Location and size, and comes back byte for byte.

    A file is not text. Read as text, split at line breaks or searched for its boundary in the wrong way it comes back a
    few bytes different, and nobody can open it.

    Fix: treat contents as bytes from end to end; the line break before a boundary belongs to the boundary, every other
    one to the file.
    """
    driver: Uploads = bench.driver
    person = await driver.uploader()
    plain = driver.content()
    half = len(plain) // 2
    awkward = (
        bytes(range(256)), b"\r\n\r\n\n\r\n", b"\r\n--", f"\r\n--{BOUNDARY[:-1]}\r\n".encode(), b"--\r\n", b"\x00" * 70,
        "é".encode() + b"\xff\xfe",
    )  # fmt: skip
    contents = [plain, plain + b"\r\n", *(plain[:half] + middle + plain[half:] for middle in awkward)]
    for content in contents:
        answer = expect.status(await driver.upload(person, content), 201)
        expect.header(answer, "Location")
        expect.field(answer, "size", equals=len(content))
        shown = expect.status(await person.client.get(driver.download_path(answer)), 200)
        got = f"{size(len(shown.body))}, different ones"
        expect.that(shown.body == content, expected=f"the same {size(len(content))}", got=got, answer=(answer, shown))

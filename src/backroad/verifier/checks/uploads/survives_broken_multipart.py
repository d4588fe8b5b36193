from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.uploads import BOUNDARY, Uploads, multipart

FORM = "multipart/form-data"


@check(needs=("uploads.keeps_bytes_exact",), seconds=10)
async def run(bench: Bench) -> None:
    """A body that is no whole multipart form, or not of the one file, is refused with 4xx and keeps nothing.

    The format is old and has many corners. Parsers crash in them, wait for an end that never comes, or store the half
    that arrived.

    Fix: use a parser of your framework with limits on parts and headers, want the last boundary, and answer 400 or 415
    for what it refuses, 422 if the file is missing or not the only one.
    """
    driver: Uploads = bench.driver
    person = await driver.uploader()
    for what, (kind, body) in broken(driver).items():
        answer = await person.client.post(driver.uploads, headers={"Content-Type": kind}, body=body)
        got = f"{answer.status} for {what}"
        expect.that(400 <= answer.status < 500, expected="a refusal, 4xx", got=got, answer=answer)
    listed = expect.status(await person.client.get(driver.uploads), 200)
    expect.field(listed, driver.collection.items, equals=[])
    await driver.uploaded(person, driver.content())


def broken(driver: Uploads) -> dict[str, tuple[str, bytes]]:
    """What is broken -> Content-Type and body."""
    good = multipart(driver.content(), name=driver.upload_name, kind=driver.upload_kind, field=driver.upload_field)
    other = multipart(driver.content(), name=driver.upload_name, kind=driver.upload_kind, field="other")
    mark = BOUNDARY.encode()
    named = f"{FORM}; boundary={BOUNDARY}"
    head, _, rest = good.partition(b"\r\n\r\n")
    return {
        "no boundary": (FORM, good),
        "an empty boundary": (f"{FORM}; boundary=", good),
        "another boundary": (f"{FORM}; boundary=elsewhere", good),
        "an endless boundary": (f"{FORM}; boundary={'x' * 5_000}", good),
        "an empty body": (named, b""),
        "no last boundary": (named, good.replace(b"--" + mark + b"--\r\n", b"")),
        "half a body": (named, good[: len(good) // 2]),
        "headers without an end": (named, head + b"\r\nX-Long: " + b"x" * 50_000),
        "no headers": (named, b"--" + mark + b"\r\n\r\n" + rest),
        "a part without a name": (named, good.replace(b' name="', b' nome="')),
        "another field": (named, other),
        "JSON": ("application/json", b"{}"),
        "a file as it is": (driver.upload_kind, driver.content()),
    }

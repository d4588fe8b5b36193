from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver

BODIES = (b"", b"{", b'{"a": 1', b"{'a': 1}", b'{"a": 1} and more', b'{"a": "\xff\xfe"}', b"a=1&b=2")


@check(needs=("data.creates",))
async def run(bench: Bench) -> None:
    """A body that is not JSON is answered 400 with a problem document.

    Truncated and garbled bodies come from broken clients every day. Answered 500 they wake somebody at night, answered
    200 they hide the bug.

    Fix: decode the body as UTF-8 and parse it before anything else; turn every error of that into one 400.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    headers = {"Content-Type": "application/json"}
    for body in BODIES:
        expect.problem(await person.client.post(driver.collection.path, headers=headers, body=body), 400)

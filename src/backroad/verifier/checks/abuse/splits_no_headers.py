from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver

INJECTED = "x-injected"
BREAKS = ("\r\n", "\n", "\r", "\u0000", "\u2028", "\u560a")  # the last ends in 0x0a once cut to a byte


@check(needs=("data.creates", "limits.leaves_hits_alone"), assumes=("strict addresses",))
async def run(bench: Bench) -> None:
    """A line break in a value never becomes a line break in a header.

    Whoever can end a header line writes the next ones: a cookie, a second answer, a page of theirs under your name.

    Fix: refuse control characters and everything outside of ASCII in values that go into headers.
    """
    driver: LabDriver = bench.driver
    collection = driver.collection
    person = await driver.person()
    for mark in BREAKS:
        url = f"https://example.com/{mark}{INJECTED}: 1"
        answer = await person.client.post(collection.path, json=driver.draft(**{collection.web: url}))
        driver.refused(answer, collection.web)
    for path in (f"/%0d%0a{INJECTED}:%201", f"{collection.path}/%0d%0a{INJECTED}:%201"):
        answer = await person.client.get(path)
        expect.no_5xx(answer)
        expect.header(answer, INJECTED, present=False)

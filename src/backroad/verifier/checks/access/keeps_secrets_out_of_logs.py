from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("data.creates",), control=True)
async def run(bench: Bench) -> None:
    """Credentials never appear in the server's log.

    Logs are copied to places with weaker doors than the database: a log service, a ticket, a colleague's laptop. A key
    in a log is a key lost.

    Fix: log method, path, status and time; leave out headers and bodies, or mask Authorization and cookies.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    thing = await driver.create(person)
    await person.client.get(thing.path)
    await person.client.post(driver.collection.path, json={})
    await person.client.get(driver.nowhere)
    await person.client.put(thing.path, body=b"{")
    shown = next((line for line in bench.target.logs().splitlines() if person.secret in line), "")
    line = shown.replace(person.secret, "<the key>").strip()
    expect.that(not shown, expected="no key in the log", got=f"a line of the log: {line[:160]}")

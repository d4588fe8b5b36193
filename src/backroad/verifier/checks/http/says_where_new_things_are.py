from urllib.parse import urljoin, urlsplit

from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver, shows


@check(needs=("data.creates",))
async def run(bench: Bench) -> None:
    """A client that follows Location reaches the new thing on the host that it asked.

    Location is what generic clients follow. A host from a configuration file of another machine, or a path without its
    first slash, works on one laptop and nowhere else.

    Fix: answer an absolute path (`/things/7`), which clients resolve against what they asked; else build the URL from
    the configured public address.
    """
    driver: LabDriver = bench.driver
    collection = driver.collection
    person = await driver.person()
    answer = expect.status(await person.client.post(collection.path, json=driver.draft()), 201)
    location = expect.header(answer, "Location")
    asked = urlsplit(f"{bench.target.base_url}{collection.path}")
    leads = urlsplit(urljoin(asked.geturl(), location))
    same = (leads.scheme, leads.netloc) == (asked.scheme, asked.netloc)
    expected = f"Location: {driver.path_of(answer)}, or the same on the host that was asked"
    expect.that(same, expected=expected, got=f"Location: {location}", answer=answer)
    path = f"{leads.path}?{leads.query}" if leads.query else leads.path
    shows(expect.status(await person.client.get(path), 200), answer.json())

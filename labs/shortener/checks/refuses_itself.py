from urllib.parse import urlsplit

from backroad.verifier import Bench, check


@check(needs=("shortener.creates_a_link", "data.names_every_wrong_field"))
async def run(bench: Bench) -> None:
    """A link that would lead back to the shortener is refused.

    Two short links that point at each other keep a browser running in circles, and yours is the server that answers
    each round.

    Fix: compare host and port of the target with those of BASE_URL, after bringing both into one form (case, final dot,
    default port).
    """
    driver = bench.driver
    person = await driver.person()
    short_url = (await driver.create(person)).fields["short_url"]
    parts = urlsplit(short_url)
    dotted = parts._replace(netloc=f"{parts.hostname}.:{parts.port or 80}").geturl()
    for url in (short_url, f"{parts.scheme.upper()}://{parts.netloc.upper()}/anything", dotted):
        driver.refused(await person.client.post("/links", json=driver.draft(url=url)), "url")
    thing = await driver.create(person)
    driver.refused(await person.client.patch(thing.path, json={"url": short_url}), "url")

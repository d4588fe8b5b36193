from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("data.patch_keeps_the_rest",))
async def run(bench: Bench) -> None:
    """A client that has the current version is answered 304 without a body, and 200 as soon as there is a newer one.

    Phones and caches ask again and again for what they have. A 304 costs a few bytes; a 304 for a thing that has
    changed shows people yesterday's data until they clear their cache.

    Fix: send a strong ETag that changes with each change; compare it with every entry of If-None-Match, ignoring `W/`,
    and answer 304 with the ETag and no body if one is equal or the header is `*`.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    client, text = person.client, driver.collection.text
    thing = await driver.create(person)
    first = expect.header(expect.status(await client.get(thing.path), 200), "ETag", matches=r'^"[^"]*"$')
    for known in (first, f'"of-another-time", {first}', f"W/{first}", "*"):
        unchanged(await client.get(thing.path, headers={"If-None-Match": known}), first)
    unchanged(await client.head(thing.path, headers={"If-None-Match": first}), first)
    expect.status(await client.get(thing.path, headers={"If-None-Match": '"of-another-time"'}), 200)
    edited = expect.status(await client.patch(thing.path, json={text: "edited"}), 200)
    fresh = expect.status(await client.get(thing.path, headers={"If-None-Match": first}), 200)
    expect.field(fresh, text, equals="edited")
    second = expect.header(fresh, "ETag")
    expect.header(edited, "ETag", equals=second)
    unchanged(await client.get(thing.path, headers={"If-None-Match": second}), second)


def unchanged(answer: Answer, etag: str) -> None:
    expect.status(answer, 304)
    expect.header(answer, "ETag", equals=etag)
    expect.that(not answer.body, expected="a 304 without a body", got=f"{len(answer.body)} bytes", answer=answer)

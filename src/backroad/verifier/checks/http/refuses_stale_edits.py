from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("data.patch_keeps_the_rest",))
async def run(bench: Bench) -> None:
    """An edit under If-Match succeeds with the current ETag and is refused with 412 under an old one.

    Two people open the same form. Without a version to compare, the one who saves last wipes the other's work and
    neither is told.

    Fix: give each version of a thing an ETag; when If-Match is sent, compare it with the current one and answer 412,
    changing nothing, if it differs. `*` matches whatever is there.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    client, text = person.client, driver.collection.text
    thing = await driver.create(person)
    first = expect.header(expect.status(await client.get(thing.path), 200), "ETag", matches=r'^"[^"]*"$')
    edited = await client.patch(thing.path, headers={"If-Match": first}, json={text: "first edit"})
    second = expect.header(expect.status(edited, 200), "ETag")
    now = await client.get(thing.path)
    expect.that(second != first, expected="a new ETag after the edit", got=f"the old one, {first}", answer=edited)
    expect.equal(now.headers.get("etag"), second, what="the ETag of the next GET", answer=now)
    expect.problem(await client.patch(thing.path, headers={"If-Match": first}, json={text: "late edit"}), 412)
    expect.problem(await client.delete(thing.path, headers={"If-Match": first}), 412)
    expect.field(expect.status(await client.get(thing.path), 200), text, equals="first edit")
    expect.status(await client.patch(thing.path, headers={"If-Match": "*"}, json={text: "any"}), 200)
    several = f'"of-another-time", {(await client.get(thing.path)).headers["etag"]}'
    expect.status(await client.delete(thing.path, headers={"If-Match": several}), 204)

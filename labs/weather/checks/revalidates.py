from backroad.verifier import Bench, check, expect


@check(needs=("upstreams.answers_from_it",), control=True, seconds=10)
async def run(bench: Bench) -> None:
    """An ETag stands for the weather as it was told: 304 while it is the same, 200 with a new ETag when it is not.

    A phone that asks each minute learns "unchanged" in a hundred bytes. An ETag that stays while the weather turns
    keeps it in yesterday's rain.

    Fix: hash the body that you would send, compare with If-None-Match (a list, perhaps weak, perhaps *), and send
    ETag, Cache-Control and Age with the 304 as well.
    """
    driver = bench.driver
    instance = await driver.instance(fresh=0)
    client, city = instance.client, await driver.subject()
    request = driver.ask(city)
    first = expect.status(await client.send(request), 200)
    etag = expect.header(first, "ETag", matches=r'^(W/)?"[^"]+"$')
    for given in (etag, f'"of-another-time", {etag}', "W/" + etag.removeprefix("W/"), "*"):
        answer = expect.status(await client.send(request, headers={"If-None-Match": given}), 304)
        expect.equal(len(answer.body), 0, what="the length of the body", answer=answer)
        expect.header(answer, "ETag", equals=etag)
        for name in ("Cache-Control", "Age"):
            expect.header(answer, name)
    driver.change(city)
    changed = expect.status(await client.send(request, headers={"If-None-Match": etag}), 200)
    new = expect.header(changed, "ETag")
    expect.that(new != etag, expected="a new ETag", got=f"the old one, {etag}", answer=changed)

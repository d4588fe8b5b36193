from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver, shows

TEXTS = ("' OR '1'='1", "' OR 1=1 -- ", '" OR ""="', "0 OR 1=1", "x'; DROP TABLE links; -- ")


@check(needs=("data.deletes_for_good", "data.patch_keeps_the_rest"))
async def run(bench: Bench) -> None:
    """Text from a client is never read as a part of a query.

    With one string put together by hand, a stranger reads, changes or deletes every row. It is still among the most
    exploited mistakes.

    Fix: parameters (`WHERE slug = ?`) in every statement; where a name cannot be a parameter, choose it from a list.
    """
    driver: LabDriver = bench.driver
    text = driver.collection.text
    person, other = await driver.person(), await driver.person()
    bystander = await driver.create(other)
    for hostile in TEXTS:
        client = bench.client()
        for where, request in driver.places(person, hostile).items():
            answer = await client.send(request)
            got = f"{answer.status} for {where}"
            expect.that(400 <= answer.status < 500, expected="a refusal, 4xx", got=got, answer=answer)
        title = hostile.strip()
        thing = await driver.create(person, **{text: title})
        answer = expect.status(await person.client.patch(thing.path, json={text: title}), 200)
        expect.field(answer, text, equals=title)
    shows(expect.status(await other.client.get(bystander.path), 200), bystander.fields)

from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("data.creates",))
async def run(bench: Bench) -> None:
    """What only the server may set cannot be set by a client.

    Copying a request body into a row ("mass assignment") lets anybody make up counts, dates, ids and owners.

    Fix: build the row from a list of fields that clients may set, never from whatever the body holds.
    """
    driver: LabDriver = bench.driver
    person, other = await driver.person(), await driver.person()
    for name, forged in driver.read_only(other).items():
        thing = await driver.create(person)
        await person.client.patch(thing.path, json={name: forged})
        untouched(await person.client.get(thing.path), name, forged, thing.fields.get(name))
        answer = await person.client.post(driver.collection.path, json=driver.draft(**{name: forged}))
        expect.no_5xx(answer)
        if answer.status in (200, 201):  # the field was ignored, which another check may mind
            path = driver.created(answer).path
            untouched(await person.client.get(path), name, forged, None)


def untouched(answer: Answer, name: str, forged: object, before: object) -> None:
    fields = expect.status(answer, 200).json()
    if before is not None:
        expect.field(answer, name, equals=before)
    expect.that(
        fields.get(name) != forged, expected=f"{name} not set by the client", got=f"{name}: {forged}", answer=answer
    )

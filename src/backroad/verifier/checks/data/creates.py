from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver, shows


@check(needs=("access.lets_you_in",))
async def run(bench: Bench) -> None:
    """A thing that is created is answered 201 with its Location, and can be read there.

    201 and Location tell a client that something new exists and where. Without them it has to guess a path, or read
    the whole list.

    Fix: answer 201 with the thing in the body and its path in Location, and store it before you answer.
    """
    driver: LabDriver = bench.driver
    collection = driver.collection
    person = await driver.person()
    draft = driver.draft()
    answer = expect.status(await person.client.post(collection.path, json=draft), 201)
    location = expect.header(answer, "Location")
    path = driver.path_of(answer)
    expect.that(location.endswith(path), expected=f"Location: {path}", got=f"Location: {location}", answer=answer)
    for name in filter(None, (collection.text, collection.web)):
        expect.field(answer, name, equals=draft[name])
    shows(expect.status(await person.client.get(path), 200), driver.created(answer).fields)

from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver

CLIENTS = 40


@check(needs=("data.creates",))
async def run(bench: Bench) -> None:
    """Forty todos posted at once are forty todos, each with a url of its own.

    "The largest id and one more" gives two todos the same id when two requests ask at the same moment; the second
    overwrites the first, or fails.

    Fix: let the database number the rows (AUTOINCREMENT, IDENTITY, a sequence) or use random ids.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    path = driver.collection.path
    answers = await bench.at_once(CLIENTS, lambda: person.request("POST", path, json=driver.draft()))
    expect.all_of(answers, 201)
    urls = {driver.path_of_item(answer.json()) for answer in answers}
    expect.equal(len(urls), CLIENTS, what="different urls", answer=answers)
    listed = expect.status(await person.client.get(path), 200)
    found = {driver.path_of_item(item) for item in driver.listed(listed)}
    expect.equal(len(found & urls), CLIENTS, what="of them in the list", answer=listed)

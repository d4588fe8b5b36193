from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver

WRONG = {
    "title": ("", "   ", None, 7, "x" * 201, ["a"]),
    "completed": (None, "true", 1),
    "order": ("1", 1.5, True, 2**31),
    "notes": (7, "x" * 5001),
}


@check(needs=("data.creates",))
async def run(bench: Bench) -> None:
    """A title that says nothing, or a value of the wrong type, is refused with 422 and named, by POST and PATCH alike.

    Rules that only creation knows are gone with the first edit. `completed: "false"` is true in most languages.

    Fix: one function that judges a field, called by both; compare types exactly (`true` is no number, 1 is no boolean).
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    thing = await driver.create(person)
    driver.refused(await person.client.post(driver.collection.path, json=driver.draft(title=...)), "title")
    for name, values in WRONG.items():
        for value in values:
            driver.refused(await person.client.post(driver.collection.path, json=driver.draft(**{name: value})), name)
            driver.refused(await person.client.patch(thing.path, json={name: value}), name)
    listed = expect.status(await person.client.get(driver.collection.path), 200)
    expect.equal(len(driver.listed(listed)), 1, what="todos after the refusals", answer=listed)

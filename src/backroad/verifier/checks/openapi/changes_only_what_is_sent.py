from backroad.verifier import Bench, check, expect
from backroad.verifier.openapi.driver import OpenApiDriver


@check(needs=("data.creates",), assumes=("a document",))
async def run(bench: Bench) -> None:
    """A change shows when the thing is read again, and the other fields keep their values.

    A form that edits a title sends a title. If the rest is filled with defaults, every edit silently erases data.

    Fix: for PATCH update only the columns that are in the body; for PUT store the whole body that came.
    """
    driver: OpenApiDriver = bench.driver
    resource, text = driver.resource, driver.collection.text
    person = await driver.person()
    thing = await driver.create(person)
    kept = {name: value for name, value in thing.fields.items() if name in resource.writable and name != text}
    new = str(driver.draft()[text])
    expect.status(await person.client.patch(thing.path, json={text: new}), 200)
    shown = expect.status(await person.client.get(thing.path), 200)
    expect.field(shown, text, equals=new)
    for name, value in kept.items():
        expect.field(shown, name, equals=value)

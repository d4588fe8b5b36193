from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("data.lists_newest_first",), assumes=("own lists", "newest first"))
async def run(bench: Bench) -> None:
    """Following the pages to their end shows everything exactly once, whatever their size.

    Exports and syncs walk pages. An off-by-one at the border of two pages loses or doubles one row in each, and nobody
    counts.

    Fix: let the cursor name the last item shown and start strictly after it.
    """
    driver: LabDriver = bench.driver
    collection = driver.collection
    person = await driver.person()
    made = [(await driver.create(person)).path for _ in range(12)]
    for size in (1, 5, 6, 12):
        shown: list[str] = []
        query: dict[str, object] = {collection.limit: size}
        for _ in range(len(made) + 1):
            answer = expect.status(await person.client.get(collection.path, query=query), 200)
            page = expect.field(answer, collection.items, type=list)
            expect.that(len(page) <= size, expected=f"at most {size} items", got=f"{len(page)} items", answer=answer)
            shown += [driver.path_of_item(item) for item in page]
            cursor = expect.field(answer, collection.next_cursor, type=(str, type(None)))
            if cursor is None:
                break
            query = {collection.limit: size, collection.cursor: cursor}
        doubled, missing = len(shown) - len(set(shown)), len(set(made) - set(shown))
        got = f"{len(shown)} items, {doubled} of them doubled, {missing} missing"
        expect.that(shown == made[::-1], expected=f"{len(made)} items in order, by pages of {size}", got=got)

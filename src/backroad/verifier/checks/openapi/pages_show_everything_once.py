from typing import Any

from backroad.verifier import Bench, check, expect
from backroad.verifier.openapi.driver import OpenApiDriver
from backroad.verifier.openapi.resources import Paging

MADE, SIZE = 7, 3
MOST_PAGES = 400


@check(needs=("data.creates",), seconds=20, assumes=("a document", "pages"))
async def run(bench: Bench) -> None:
    """Following the pages of a list to their end shows each thing exactly once, and no page is too long.

    Exports and syncs walk pages. Without a fixed order, or with an off-by-one at the border of two pages, some rows
    come twice and others never, and nobody counts.

    Fix: order by something unique (created, then id), and let each page begin right after the last item of the one
    before.
    """
    driver: OpenApiDriver = bench.driver
    collection, paging = driver.collection, driver.resource.paging
    person = await driver.person()
    made = {(await driver.create(person)).path for _ in range(MADE)}
    shown: list[str] = []
    query: dict[str, Any] | None = start(paging)
    for _ in range(MOST_PAGES):
        answer = expect.status(await person.client.get(collection.path, query=query), 200)
        page = expect.field(answer, collection.items, type=list)
        expect.that(len(page) <= SIZE, expected=f"at most {SIZE} items", got=f"{len(page)} items", answer=answer)
        shown += [driver.path_of_item(item) for item in page]
        query = following(paging, query or {}, page, answer.json())
        if query is None:
            break
    else:
        bench.unclear(f"the list goes on for more than {MOST_PAGES} pages")
    missing, doubled = len(made - set(shown)), len(shown) - len(set(shown))
    got = f"{missing} of {MADE} missing, {doubled} items doubled"
    expect.that(not missing and not doubled, expected="each thing once", got=got, answer=answer)


def start(paging: Paging) -> dict[str, Any]:
    query: dict[str, Any] = {paging.limit: SIZE}
    return (
        query if paging.style == "cursor" else {**query, paging.position: paging.first if paging.style == "page" else 0}
    )


def following(paging: Paging, query: dict[str, Any], page: list[Any], body: Any) -> dict[str, Any] | None:
    """The query of the next page; None after the last one."""
    if paging.style == "cursor":
        cursor = body.get(paging.next) if isinstance(body, dict) else None
        return {paging.limit: SIZE, paging.position: cursor} if cursor else None
    step = 1 if paging.style == "page" else len(page)
    return {**query, paging.position: query[paging.position] + step} if page else None

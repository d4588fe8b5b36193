from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver
from backroad.verifier.verdict import Failed
from backroad.verifier.wording import excerpt

FEW, MANY = 3, 15
SLACK = 2  # statements more, which do not come from the items


@check(needs=("access.lists_only_your_own",), seconds=20)
async def run(bench: Bench) -> None:
    """A list of fifteen asks the database no more often than a list of three.

    One statement for the list and one more for each item (the "N+1 problem") is what a mapper does unless it is told
    otherwise. Each is a round trip, and pages get slower the fuller they are.

    Fix: join what belongs to the items, or load it for all of them in one statement with IN (...); in a mapper, name
    what is to be loaded along (select_related, include, JOIN FETCH, with).
    """
    driver: LabDriver = bench.driver
    database = bench.dependency("postgres")
    collection, person = driver.collection, await driver.person()
    counts = []
    for more in (FEW, MANY - FEW):
        for _ in range(more):
            await driver.create(person)
        await person.client.get(collection.path, query={collection.limit: MANY})  # what is prepared once is now
        async with database.counting() as seen:
            answer = await person.client.get(collection.path, query={collection.limit: MANY})
        expect.field(expect.status(answer, 200), collection.items, type=list)
        counts.append(seen.count)
    few, many = counts
    bench.log(f"{few} statements with {FEW} items, {many} with {MANY}")
    if few and many > few + SLACK:
        most = max(set(seen.texts), key=seen.texts.count)
        raise Failed(
            expected=f"as many statements with {MANY} items as with {FEW}, which were {few}",
            got=f"{many} statements, most often {excerpt(most, 90)}",
            exchanges=(answer.exchange,),
        )

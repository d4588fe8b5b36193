from backroad.verifier import Bench, check
from backroad.verifier.drivers.graphql import GraphQL
from backroad.verifier.graphql import ask, data
from backroad.verifier.verdict import Failed
from backroad.verifier.wording import excerpt

FEW, MANY = 3, 12
SLACK = 2  # statements more, which do not come from the items


@check(needs=("graphql.answers_queries", "data.creates"), seconds=20)
async def run(bench: Bench) -> None:
    """What is related to the items of a list is loaded for all of them together: more items, no more statements.

    A resolver that loads one thing is called once for each item. A list of fifty is then fifty-one statements (the
    "N+1 problem"), and each costs a round trip.

    Fix: a loader for each request that collects the ids which resolvers ask for and loads them in one statement with
    IN (...): DataLoader, or what your language has instead.
    """
    driver: GraphQL = bench.driver
    database = bench.dependency("postgres")
    client = bench.client()
    await driver.create_for_query(MANY)
    counts = []
    for items in (FEW, MANY):
        query = driver.query_of_many(items)
        data(await ask(client, query, path=driver.graphql))  # what is prepared once is prepared now
        async with database.counting() as seen:
            answer = await ask(client, query, path=driver.graphql)
        data(answer)
        counts.append(seen.count)
    few, many = counts
    bench.log(f"{few} statements for {FEW} items, {many} for {MANY}")
    if few and many > few + SLACK:
        most = max(set(seen.texts), key=seen.texts.count)
        raise Failed(
            expected=f"as many statements for {MANY} items as for {FEW}, which were {few}",
            got=f"{many} statements, most often {excerpt(most, 90)}",
            exchanges=(answer.exchange,),
        )

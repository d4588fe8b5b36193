from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.graphql import GraphQL
from backroad.verifier.graphql import ask, data, refused


@check(needs=("graphql.answers_queries",))
async def run(bench: Bench) -> None:
    """A query with more levels than the contract allows is refused before anything is loaded, fragments or not.

    Types that lead to each other (a company's jobs, a job's company) let one small text ask for a tree without end.

    Fix: count the levels of the parsed document, following fragments, and refuse it before execution. Bound the number
    of tokens too, so that the parser cannot be exhausted.
    """
    driver: GraphQL = bench.driver
    client, most = bench.client(), driver.graphql_depth
    data(await ask(client, driver.query_of_depth(most), path=driver.graphql))
    expected = f"a refusal of more than {most} levels"
    for depth in (most + 1, most + 2, 3 * most, 600):
        query = driver.query_of_depth(depth)
        refused(await ask(client, query, path=driver.graphql), expected=expected)
        if depth < 600:
            hidden = f"{{ ...Hidden }} fragment Hidden on Query {query}"
            refused(await ask(client, hidden, path=driver.graphql), expected=f"{expected}, in a fragment")
    expect.status(await bench.client().get(driver.health), 200)

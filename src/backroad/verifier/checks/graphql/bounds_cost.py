from backroad.verifier import Bench, check
from backroad.verifier.drivers.graphql import GraphQL
from backroad.verifier.graphql import ask, data, refused


@check(needs=("graphql.bounds_lists",))
async def run(bench: Bench) -> None:
    """A query that multiplies lists by lists is refused for its cost, although each list is within its bound.

    Fifty jobs of the companies of fifty jobs are 2,500 in three levels. Depth and page size are both fine; the product
    is not, and the next level makes it 125,000.

    Fix: give each field a cost, multiply what is inside a list by its `first`, and refuse the sum above a maximum.
    """
    driver: GraphQL = bench.driver
    client, query = bench.client(), driver.costly_query()
    expected = "a refusal of lists in lists"
    refused(await ask(client, query, path=driver.graphql), expected=expected)
    hidden = f"{{ ...Hidden }} fragment Hidden on Query {query}"
    refused(await ask(client, hidden, path=driver.graphql), expected=f"{expected}, in a fragment")
    data(await ask(client, driver.query_of_size(driver.graphql_size), path=driver.graphql))

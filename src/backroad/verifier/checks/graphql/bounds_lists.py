from backroad.verifier import Bench, check
from backroad.verifier.drivers.graphql import GraphQL
from backroad.verifier.graphql import ask, data, refused


@check(needs=("graphql.answers_queries",))
async def run(bench: Bench) -> None:
    """A list is at most as long as the contract allows; asking for more, for none or for less is refused.

    `first: 1000000` reads a table into memory. In REST people have learned to bound pages; the same list in GraphQL is
    often left open.

    Fix: judge `first` wherever it occurs, as a literal, as a variable and as the default of one, before anything is
    executed.
    """
    driver: GraphQL = bench.driver
    client, most = bench.client(), driver.graphql_size
    by_variable = f"query ($size: Int) {driver.query_of_size('$size')}"
    for size in (1, most):
        data(await ask(client, driver.query_of_size(size), path=driver.graphql))
        data(await ask(client, by_variable, {"size": size}, path=driver.graphql))
    for size in (most + 1, 1_000_000, 2**31 - 1, 0, -1):
        expected = f"a refusal of a list of {size}, with {most} as the most"
        refused(await ask(client, driver.query_of_size(size), path=driver.graphql), expected=expected)
        refused(await ask(client, by_variable, {"size": size}, path=driver.graphql), expected=expected)
        by_default = f"query ($size: Int = {size}) {driver.query_of_size('$size')}"
        refused(await ask(client, by_default, path=driver.graphql), expected=expected)

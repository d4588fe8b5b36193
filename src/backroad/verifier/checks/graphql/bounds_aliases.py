from backroad.verifier import Bench, check
from backroad.verifier.drivers.graphql import GraphQL
from backroad.verifier.graphql import ask, data, refused


@check(needs=("graphql.answers_queries",))
async def run(bench: Bench) -> None:
    """A query with more aliases than the contract allows is refused.

    With aliases one request asks the same expensive field a thousand times, or tries a thousand passwords, and a limit
    on requests counts one.

    Fix: count the aliases of the parsed document, those in fragments once for each use, and refuse it before execution.
    """
    driver: GraphQL = bench.driver
    client, most = bench.client(), driver.graphql_aliases
    field = driver.query_of_size(1).strip().removeprefix("{").removesuffix("}").strip()
    fields = " ".join(f"a{number}: {field}" for number in range(1, most + 1))
    data(await ask(client, f"{{ {fields} }}", path=driver.graphql))
    expected = f"a refusal of more than {most} aliases"
    for count in (most + 1, 2 * most, 500):
        fields = " ".join(f"a{number}: {field}" for number in range(1, count + 1))
        refused(await ask(client, f"{{ {fields} }}", path=driver.graphql), expected=expected)
        hidden = f"{{ ...Hidden }} fragment Hidden on Query {{ {fields} }}"
        refused(await ask(client, hidden, path=driver.graphql), expected=f"{expected}, in a fragment")

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.graphql import GraphQL
from backroad.verifier.wording import excerpt


@check(needs=("graphql.answers_queries",))
async def run(bench: Bench) -> None:
    """A body with more operations than the contract allows is refused as a whole.

    Some servers take a list of operations in one body. Every limit on requests, the one on logins first, is then
    worth as little as the list is long.

    Fix: refuse a body that is a list, or bound its length and count each operation in your limits.
    """
    driver: GraphQL = bench.driver
    client, one = bench.client(), {"query": "{ __typename }"}
    for count in (max(2, driver.graphql_batch + 1), 500):
        answer = await client.post(driver.graphql, json=[one] * count)
        got = f"{answer.status} {excerpt(answer.text)}"
        fine = 400 <= answer.status < 500
        expect.that(fine, expected=f"a refusal, 4xx, of {count} operations in one body", got=got, answer=answer)

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.graphql import GraphQL
from backroad.verifier.graphql import ask, data


@check(needs=("http.answers_health",))
async def run(bench: Bench) -> None:
    """A query sent as JSON is answered 200 with data, variables and named operations included.

    Clients of every kind rely on these few members: query, variables, operationName in, data and errors out.

    Fix: take a POST of application/json, hand query, variables and operationName to your GraphQL library, and answer
    what it returns as JSON.
    """
    driver: GraphQL = bench.driver
    client = bench.client()
    answer = await ask(client, "{ __typename }", path=driver.graphql)
    expect.equal(data(answer), {"__typename": "Query"}, what="data", answer=answer)
    data(await ask(client, driver.query_of_size(1), path=driver.graphql))
    flagged = "query ($deep: Boolean!) { __typename kind: __typename @include(if: $deep) }"
    for deep, wanted in ((True, {"__typename": "Query", "kind": "Query"}), (False, {"__typename": "Query"})):
        answer = await ask(client, flagged, {"deep": deep}, path=driver.graphql)
        expect.equal(data(answer), wanted, what="data", answer=answer)
    two = {"query": "query A { a: __typename } query B { b: __typename }", "operationName": "B"}
    answer = await client.post(driver.graphql, json=two)
    expect.equal(data(answer), {"b": "Query"}, what="data", answer=answer)

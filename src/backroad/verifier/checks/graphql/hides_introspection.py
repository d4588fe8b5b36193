from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.graphql import GraphQL
from backroad.verifier.graphql import ask, data, refused

SCHEMA = "{ __schema { queryType { name } types { name fields { name } } } }"
KIND = '{ __type(name: "Query") { fields { name } } }'


@check(needs=("graphql.answers_queries",), seconds=20, control=True)
async def run(bench: Bench) -> None:
    """Introspection can be switched off by the setting that the contract names, and only by it.

    While you develop, tools read the schema. In production the same answer is a map for strangers, of fields that your
    own clients never use.

    Fix: add your library's rule against introspection (NoSchemaIntrospection) to the validation where the setting says
    so. It replaces no other guard: fields can be guessed.
    """
    driver: GraphQL = bench.driver
    for query in (SCHEMA, KIND):
        data(await ask(bench.client(), query, path=driver.graphql))
    quiet = bench.client(target=await bench.second_instance(env=driver.introspection_off))
    for query in (SCHEMA, KIND):
        refused(await ask(quiet, query, path=driver.graphql), expected="a refusal of introspection")
    answer = await ask(quiet, "{ __typename }", path=driver.graphql)
    expect.equal(data(answer), {"__typename": "Query"}, what="data", answer=answer)

from typing import Any

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.graphql import GraphQL
from backroad.verifier.graphql import document, errors
from backroad.verifier.wording import excerpt

BODIES: tuple[Any, ...] = (
    {"query": "{"},
    {"query": ""},
    {"query": "{ noSuchField }"},
    {"query": "{ __typename(noSuchArgument: 1) }"},
    {"query": "{ ...NoSuchFragment }"},
    {"query": "query ($deep: Boolean!) { __typename @include(if: $deep) }"},
    {"query": "query ($deep: Boolean!) { __typename @include(if: $deep) }", "variables": {"deep": "yes"}},
    {"query": "query A { __typename } query B { __typename }"},
    {"query": "query A { __typename }", "operationName": "B"},
    {"query": "{ __typename }", "variables": []},
    {"query": 42},
    {"query": None},
    {"query": ["{ __typename }"]},
    {},
)


@check(needs=("graphql.answers_queries",))
async def run(bench: Bench) -> None:
    """What cannot be executed is answered 400 with errors that say why, and without data.

    A misspelt field is the everyday mistake of everybody who writes a client. Answered 500 it looks like yours, and
    answered 200 with data: null it is found late.

    Fix: check that the body is an object with a query that is a text, parse, validate, coerce variables, and turn every
    error of that into a 400 with `errors`, each with a message.
    """
    driver: GraphQL = bench.driver
    client = bench.client()
    for body in BODIES:
        answer = expect.status(await client.post(driver.graphql, json=body), 400)
        found = errors(answer)
        expect.that(found, expected="errors", got=f"{answer.status} {excerpt(answer.text)}", answer=answer)
        shown = document(answer).get("data")
        expect.that(shown is None, expected="no data", got=f"data: {shown}", answer=answer)

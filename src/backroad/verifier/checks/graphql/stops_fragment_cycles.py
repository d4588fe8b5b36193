from backroad.verifier import Bench, LostAnswer, check, expect
from backroad.verifier.drivers.graphql import GraphQL
from backroad.verifier.graphql import ask, executed, refused

CYCLES = (
    "{ ...A } fragment A on Query { ...A }",
    "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "{ ...A } fragment A on Query { __typename ... on Query { ...A } }",
)
LEVELS = 30


@check(needs=("graphql.answers_queries",), seconds=20)
async def run(bench: Bench) -> None:
    """Fragments that lead back to themselves are refused, and those that double at each level cost nothing.

    Thirty lines, in which each fragment names the next one twice, are a billion fields to whoever unfolds them naively.

    Fix: run the validation rules of your library (no fragment cycles) before your own limits, and measure each fragment
    once, keeping the result.
    """
    driver: GraphQL = bench.driver
    client = bench.client()
    for query in CYCLES:
        refused(await ask(client, query, path=driver.graphql), expected="a refusal of a fragment cycle")
    field = driver.query_of_size(1).strip().removeprefix("{").removesuffix("}").strip()
    doubled = " ".join(
        f"fragment F{level} on Query {{ ...F{level + 1} ... on Query {{ ...F{level + 1} }} }}"
        for level in range(LEVELS)
    )
    query = f"{{ ...F0 }} {doubled} fragment F{LEVELS} on Query {{ {field} }}"
    try:
        answer = await ask(client, query, path=driver.graphql)
    except LostAnswer:
        if bench.target.controllable:  # else it unfolds for hours, and no later check gets an answer
            await bench.target.kill()
            await bench.target.start()
        raise
    expect.no_5xx(answer)
    if not executed(answer):
        refused(answer)
    expect.status(await bench.client().get(driver.health), 200)

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.graphql import GraphQL
from backroad.verifier.graphql import ask, data


@check(needs=("graphql.answers_queries", "data.creates"))
async def run(bench: Bench) -> None:
    """What belongs to somebody is shown to them alone, on whichever path through the graph it is reached.

    The front door is guarded, and then the same objects hang on a field of something public. In a graph there is
    always another way around.

    Fix: ask who may see a thing where that thing is loaded, in the rules below the resolvers, not at the root field
    that happens to lead there today.
    """
    driver: GraphQL = bench.driver
    owner, secret, queries, strangers = await driver.guarded()
    for what, query in queries.items():
        answer = await ask(owner.client, query, path=driver.graphql)
        data(answer)
        got = f"{what} without it"
        expect.that(secret in answer.text, expected=f"{what}, shown to whoever may see it", got=got, answer=answer)
        for who, stranger in strangers.items():
            client = stranger.client if stranger is not None else bench.client()
            answer = await ask(client, query, path=driver.graphql)
            expect.no_5xx(answer)
            hidden = secret not in answer.text
            expect.that(hidden, expected=f"nothing of it for {who}", got=f"{what}, with its text", answer=answer)

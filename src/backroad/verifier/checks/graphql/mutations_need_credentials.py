from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.graphql import GraphQL
from backroad.verifier.graphql import ask, data, errors, executed
from backroad.verifier.wording import excerpt


@check(needs=("graphql.answers_queries", "data.creates"))
async def run(bench: Bench) -> None:
    """A mutation without credentials, with wrong ones, or by somebody else changes nothing.

    /graphql is one path for all: a guard in front of it lets public queries die, so it is taken away, and the
    mutations stand open.

    Fix: let each mutation ask who is asking, through the same rule that the REST route of that function uses; answer
    wrong credentials with 401.
    """
    driver: GraphQL = bench.driver
    person, mutation, variables = await driver.mutation()
    other = await driver.person()
    forged = {"Authorization": next(iter(person.credentials.values()))[:-1] + "~"}
    for who, client in (("nobody", bench.client()), ("a forged key", bench.client(forged)), ("other", other.client)):
        answer = await ask(client, mutation, variables, path=driver.graphql)
        expect.no_5xx(answer)
        fine = not executed(answer) and (answer.status in (400, 401, 403) or bool(errors(answer)))
        got = f"{answer.status} with data" if executed(answer) else f"{answer.status} {excerpt(answer.text)}"
        expect.that(fine, expected=f"a refusal for {who}", got=got, answer=answer)
        expect.that(not await driver.mutated(person), expected="nothing changed", got="the change", answer=answer)
    data(await ask(person.client, mutation, variables, path=driver.graphql))
    expect.that(await driver.mutated(person), expected="the change, by whoever may", got="no change")

from backroad.verifier import Bench, check, expect
from backroad.verifier.graphql import ask, data, errors

APPLY = "mutation ($j: ID!, $r: ID!) { apply(job: $j, resume: $r) { id job { title } } }"
MOVE = "mutation ($id: ID!, $state: String!) { moveApplication(id: $id, state: $state) { state } }"


@check(needs=("jobs.moves_in_order", "graphql.answers_queries"))
async def run(bench: Bench) -> None:
    """What is done over GraphQL is seen over REST, and refused by the same rules, with the code that says why.

    Two front doors with a copy of the rules each drift apart with the first change. The one that nobody looks at is
    then the one that is open.

    Fix: keep the rules in functions that know neither REST nor GraphQL, and let both call them.
    """
    driver = bench.driver
    recruiter, candidate = await driver.person(), await driver.uploader()
    job, closed = await driver.create(recruiter), await driver.create(recruiter, state="draft")
    variables = {"j": job.fields["id"], "r": await driver.resume(candidate)}
    answer = await ask(candidate.client, APPLY, variables)
    made = data(answer)["apply"]
    expect.equal(made["job"]["title"], job.fields["title"], what="apply.job.title", answer=answer)
    path = f"/applications/{made['id']}"
    expect.field(expect.status(await recruiter.client.get(path), 200), "state", equals="submitted")
    move = {"id": made["id"], "state": "reviewing"}
    for who, query, asked, code in (
        (candidate, APPLY, variables, "CONFLICT"),
        (recruiter, APPLY, variables, "FORBIDDEN"),
        (candidate, APPLY, {**variables, "j": closed.fields["id"]}, "NOT_FOUND"),
        (candidate, APPLY, {**variables, "r": job.fields["id"]}, "CONFLICT INVALID"),
        (candidate, MOVE, move, "FORBIDDEN"),
        (recruiter, MOVE, {**move, "state": "hired"}, "CONFLICT"),
        (recruiter, MOVE, {**move, "state": "promoted"}, "INVALID"),
        (await driver.person(), MOVE, move, "NOT_FOUND"),
    ):
        answer = await ask(who.client, query, asked)
        codes = [(error.get("extensions") or {}).get("code") for error in errors(answer)]
        fine = len(codes) == 1 and codes[0] in code.split()
        got = f"the codes {codes}" if codes else "no errors"
        expect.that(fine, expected=f"an error with extensions.code {code.split()[-1]}", got=got, answer=answer)
    data(await ask(recruiter.client, MOVE, move))
    expect.field(expect.status(await candidate.client.get(path), 200), "state", equals="reviewing")

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.roles import Roles, shown


@check(needs=("roles.guards_functions",))
async def run(bench: Bench) -> None:
    """The right role is not enough: each verb on each object is for those whom the object concerns.

    A check of the role passes for every colleague and every competitor. Which object it is about has to be asked as
    well, for reading, changing and deleting alike, and one of the three is always forgotten.

    Fix: put the person into the query that finds the object (owner, or recruiter of the job), and use that one query
    for every verb; what it does not find is 404.
    """
    driver: Roles = bench.driver
    owner, others, requests = await driver.belongings()
    for what, request in requests.items():
        for other in others:
            answer = await other.client.send(request)
            got = shown(answer)
            fine = answer.status in (403, 404)
            expect.that(fine, expected=f"a refusal: somebody else may not {what}", got=got, answer=answer)
            expect.problem(answer, (403, 404))
    for what, request in requests.items():
        answer = await owner.client.send(request)
        got = shown(answer)
        expect.that(200 <= answer.status < 300, expected=f"2xx: its owner may {what}", got=got, answer=answer)

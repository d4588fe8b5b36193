from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.roles import Roles


@check(needs=("roles.guards_functions",))
async def run(bench: Bench) -> None:
    """A role that an admin takes or gives is in force with the next request, under the credentials people have.

    A role that was copied into a token or a session lives on there. Whoever was dismissed at nine is still an admin at
    five.

    Fix: look the role up with each request, or keep a version of it that tokens must match; what is cached is dropped
    with the change.
    """
    driver: Roles = bench.driver
    one, other = driver.roles[1], driver.roles[0]
    function = next(found for found in driver.functions() if found.roles == {one})
    person = await driver.person_as(one)
    for _ in range(2):
        allowed = await person.client.send(function.request)
        expect.that(allowed.status != 403, expected=f"no 403 for the role {one}", got="403", answer=allowed)
        expect.status(await driver.set_role(person, other), 200)
        expect.problem(await person.client.send(function.request), 403)
        expect.status(await driver.set_role(person, one), 200)

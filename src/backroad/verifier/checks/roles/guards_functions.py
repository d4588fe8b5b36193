from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.roles import Roles, shown


@check(needs=("access.needs_credentials",), seconds=15)
async def run(bench: Bench) -> None:
    """Each function is open to the roles that the contract names, and answers 403 to every other role.

    The button is hidden from those who may not press it, and the route behind it is open to whoever knows its path.
    Admin routes are the first that anybody tries.

    Fix: write down who may do what in one table, and let every route ask it; refuse what is not in the table.
    """
    driver: Roles = bench.driver
    people = {role: await driver.person_as(role) for role in driver.roles}
    for function in driver.functions():
        for role, person in people.items():
            answer = await person.client.send(function.request)
            expect.no_5xx(answer)
            if role in function.roles:
                got = shown(answer)
                expected = f"no refusal: a person with the role {role} may {function.name}"
                expect.that(answer.status not in (401, 403), expected=expected, got=got, answer=answer)
            elif answer.status != 403:
                expected = f"403: a person with the role {role} may not {function.name}"
                got = shown(answer)
                expect.that(False, expected=expected, got=got, answer=answer)
            else:
                expect.problem(answer, 403)

from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import Person
from backroad.verifier.drivers.roles import Function, Roles, shown


@check(needs=("roles.guards_functions",))
async def run(bench: Bench) -> None:
    """Nobody becomes an admin by asking for it, in whichever form.

    The body of the sign-up goes into the row as it is, and one more field in it makes an admin. It is found by reading
    the answer of the API, which shows a field called role.

    Fix: take from the body the fields that a stranger may set, allow only the roles that a stranger may choose, and let
    admins be made by admins.
    """
    driver: Roles = bench.driver
    function = next(one for one in driver.functions() if one.roles == {driver.privileged})
    for way, (answer, person) in (await driver.sign_up_as(driver.privileged)).items():
        expect.no_5xx(answer)
        if person is not None:
            await no_admin(person, function, way)
    person = await driver.person()
    await driver.set_role_by(person, driver.privileged)
    await no_admin(person, function, "a change by themselves")


async def no_admin(person: Person, function: Function, way: str) -> None:
    tried = await person.client.send(function.request)
    got = shown(tried)
    expected = f"nobody who may {function.name} after {way}"
    expect.that(tried.status in (401, 403), expected=expected, got=got, answer=tried)

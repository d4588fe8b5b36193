from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(needs=("access.needs_credentials",), seconds=20, control=True)
async def run(bench: Bench) -> None:
    """What only administrators may do is answered 403 to everybody else, and does nothing.

    The page does not show the button, so nobody presses it; but the path is in the script of the page, and takes a
    request from anyone who is logged in.

    Fix: ask for the role where the request is routed, in one place for all such paths, and let a new path be closed
    until somebody opens it.
    """
    driver: Accounts = bench.driver
    admin, bystander = await driver.admin(), await driver.account()
    user = await driver.person()
    [shown] = await driver.accounts_of(admin, bystander.email)
    own = expect.field(await user.client.send(driver.who()), "id", type=str)
    for other in (shown["id"], own):
        for request in driver.admin_requests(other):
            expect.problem(await user.client.send(request), 403)
    for request in driver.promotions(own):
        expect.problem(await user.client.send(request), 403)
    expect.equal(await driver.accounts_of(admin, bystander.email), [shown], what="the account afterwards")
    for request in driver.admin_requests(shown["id"]):
        expect.status(await admin.client.send(request), (200, 204))

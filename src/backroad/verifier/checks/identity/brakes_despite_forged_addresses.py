import msgspec

from backroad.verifier import Bench, Failed, check
from backroad.verifier.drivers.identity import Accounts

HEADERS = ("X-Forwarded-For", "X-Real-IP", "X-Client-IP", "CF-Connecting-IP", "True-Client-IP", "Forwarded")


@check(needs=("identity.brakes_logins",), seconds=30)
async def run(bench: Bench) -> None:
    """The brake on an account holds whatever address the tries claim to come from.

    Anybody can write X-Forwarded-For, and those who guess for a living have thousands of real addresses. Counting by
    address alone stops neither.

    Fix: count by account; count by address besides, if you like, with the address of the connection.
    """
    driver: Accounts = bench.driver
    account = await driver.account()
    client = bench.client()
    for number in range(2 * driver.wrong_logins + 2):
        address = f"203.0.113.{number + 1}"
        forged = {name: f"for={address}" if name == "Forwarded" else address for name in HEADERS}
        request = driver.log_in(account.email, f"a wrong password {number}")
        answer = await client.send(msgspec.structs.replace(request, headers=forged))
        if answer.status == 429:
            return
    raise Failed(
        sent=f"{number + 1} × {request.method} {request.path} with wrong passwords, each with another X-Forwarded-For",
        expected="429", got=f"{answer.status} each time", exchanges=(answer.exchange,),
    )  # fmt: skip

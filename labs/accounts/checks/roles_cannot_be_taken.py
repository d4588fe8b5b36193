from typing import Any

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts

FORGED: dict[str, Any] = {
    "role": "admin", "is_admin": True, "admin": True, "id": "0", "email": "root@example.test", "totp": False,
    "disabled": False, "password_hash": "x",
}  # fmt: skip


@check(needs=("access.lets_you_in",), seconds=15)
async def run(bench: Bench) -> None:
    """Nobody makes an administrator of themselves, neither at the signup nor afterwards.

    Copying a body into a row ("mass assignment") lets a field that no form shows decide what somebody may do.

    Fix: name the fields that a client may set, and refuse all others with 422.
    """
    driver: Accounts = bench.driver
    account = driver.new()
    signup = {"email": account.email, "password": account.password, "name": account.name}
    for name, value in FORGED.items():
        if name not in signup:
            driver.refused(await bench.client().post("/accounts", json={**signup, name: value}), name)
    person = await driver.person()
    before = (await person.client.get("/me")).json()
    for name, value in FORGED.items():
        driver.refused(await person.client.patch("/me", json={name: value}), name)
    now = await person.client.get("/me")
    expect.equal(now.json(), before, what="the account", answer=now)

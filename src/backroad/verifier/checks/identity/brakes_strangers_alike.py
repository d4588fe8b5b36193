from backroad.verifier import Bench, Failed, check
from backroad.verifier.drivers.identity import Accounts


@check(needs=("identity.brakes_logins", "identity.tells_nobody_who_exists"), seconds=30)
async def run(bench: Bench) -> None:
    """The brake meets an address without an account at the same try as one that has an account.

    If only real accounts are braked, eleven wrong passwords tell who has one.

    Fix: count by the address that was sent, in lower case, before you look whether there is such an account.
    """
    driver: Accounts = bench.driver
    known, unknown = await driver.account(), driver.new()
    client = bench.client()
    tries = []
    for account in (known, unknown):
        for number in range(1, driver.wrong_logins + 3):
            spelt = account.email.upper() if number % 2 else account.email
            answer = await client.send(driver.log_in(spelt, f"a wrong password {number}"))
            if answer.status == 429:
                break
        tries.append(f"429 at try {number}" if answer.status == 429 else f"{answer.status} at each of {number} tries")
    if tries[0] != tries[1] or not tries[0].startswith("429"):
        raise Failed(
            sent="wrong passwords for an address that has an account, and for one that has none, in changing case",
            expected="429 at the same try", got=f"{tries[0]} and {tries[1]}", exchanges=(answer.exchange,),
        )  # fmt: skip

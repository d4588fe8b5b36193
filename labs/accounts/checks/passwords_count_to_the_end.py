from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(needs=("access.lets_you_in",), seconds=15)
async def run(bench: Bench) -> None:
    """Every character of a password counts: the hundredth, blanks, case, accents, and what follows a NUL.

    bcrypt looks at 72 bytes and stops, C code stops at a NUL, "helpful" code trims and lowers. Then many passwords open
    one account.

    Fix: hash the whole password as UTF-8, unchanged: with argon2id, or with bcrypt after SHA-384 and Base64.
    """
    driver: Accounts = bench.driver
    long = "many words and no end " * 5
    passwords = {
        f"{long}!": (f"{long}?", long),
        " Blanks at both ends ": ("Blanks at both ends", " blanks at both ends "),
        "na\u00efve caf\u00e9 \u65e5\u672c\u8a9e": ("naive cafe \u65e5\u672c\u8a9e", "na\u00efve caf\u00e9 ???"),
        "before the NUL\u0000after": ("before the NUL\u0000later", "before the NUL"),
    }
    client = bench.client()
    for right, wrongs in passwords.items():
        account = await driver.account(password=right)
        for wrong in wrongs:
            expect.problem(await client.send(driver.log_in(account.email, wrong)), 401)
        expect.status(await client.send(driver.log_in(account.email, right)), 200)

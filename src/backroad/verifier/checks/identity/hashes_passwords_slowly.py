from backroad.verifier import Bench, Failed, check
from backroad.verifier.checks.identity.stored import SLOW, all_that_is_in, cost_of, fast_forms, salt_of, strong
from backroad.verifier.drivers.identity import Accounts


@check(needs=("access.lets_you_in",), seconds=15, control=True)
async def run(bench: Bench) -> None:
    """Passwords are stored as salted, slow hashes (argon2, bcrypt, scrypt or PBKDF2) at a sensible cost.

    Databases leak. A graphics card tries billions of SHA-256 a second, and a list of a few million passwords opens most
    accounts. A slow hash with a salt makes that a matter of years.

    Fix: argon2id with at least 19 MiB and two passes, from a library, stored in the form that the library gives
    (`$argon2id$v=19$m=…`).
    """
    driver: Accounts = bench.driver
    password = bench.word("the same password ")
    accounts = [await driver.account(password=password) for _ in range(2)]
    stored = all_that_is_in(bench.target.data_dir)
    for what, form in fast_forms(password, accounts[0].email):
        holds(form not in stored, expected="no password that can be read or quickly guessed", got=what)
    found = list(SLOW.finditer(stored))
    if not found and not any(account.email.encode() in stored for account in accounts):
        bench.unclear("accounts are kept outside of DATA_DIR, where this check cannot look")
    holds(found, expected="hashes such as $argon2id$… under DATA_DIR", got="none in a form that is known")
    salts = {salt_of(match[0]) for match in found}
    holds(len(salts) > 1, expected="a salt for each password", got="the same salt, or none, for all of them")
    for match in found:
        holds(strong(match), expected="a hash that takes tens of milliseconds", got=f"{cost_of(match)}…")


def holds(condition: object, *, expected: str, got: str) -> None:
    if not condition:
        sent = "two signups with one password, then a look into all files under DATA_DIR"
        raise Failed(sent=sent, expected=expected, got=got)

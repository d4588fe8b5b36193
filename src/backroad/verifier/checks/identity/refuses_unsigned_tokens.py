from backroad.verifier import Bench, check
from backroad.verifier.checks.identity.forged import all_refused, take_apart
from backroad.verifier.drivers.identity import Accounts


@check(needs=("access.lets_you_in",), seconds=15)
async def run(bench: Bench) -> None:
    """A token whose signature is missing, empty or of zeros is refused.

    Some code decodes first and verifies if there is something to verify. Then leaving out the signature is all it
    takes.

    Fix: verify and decode in one call that raises, and use nothing of a token before it has returned.
    """
    driver: Accounts = bench.driver
    parts = take_apart(await driver.sign_in(await driver.account()))
    forged = {
        "a token without a signature": f"{parts.signed}.",
        "a token without its third part": parts.signed,
        "a token with a signature of zeros": f"{parts.signed}.{'A' * 86}",
        "a token with a fourth part": f"{parts.signed}..",
    }
    await all_refused(bench, forged)

from backroad.verifier import Bench, check
from backroad.verifier.checks.identity.forged import FAR, all_refused, encode, pack, take_apart
from backroad.verifier.drivers.identity import Accounts


@check(needs=("access.lets_you_in",), seconds=15)
async def run(bench: Bench) -> None:
    """A token that says it needs no signature (alg: none) is refused, in every spelling.

    The header of a token is written by whoever sends it. A backend that lets it choose the way in which it is verified
    lets anybody be anybody.

    Fix: tell your library which algorithm you use (`algorithms=["ES256"]`) at every decode; never read it from the
    token.
    """
    driver: Accounts = bench.driver
    tokens = await driver.sign_in(await driver.account())
    parts = take_apart(tokens)
    claims = {**parts.claims, "exp": FAR}
    forged = {}
    for name in ("none", "None", "NONE", "nOnE"):
        head = pack({**parts.header, "alg": name}, claims)
        forged[f"alg: {name} and no signature"] = f"{head}."
        forged[f"alg: {name} and the signature of a good token"] = f"{head}.{encode(parts.signature)}"
    await all_refused(bench, forged)

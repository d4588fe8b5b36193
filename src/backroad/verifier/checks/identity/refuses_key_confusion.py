from backroad.verifier import Bench, check, expect
from backroad.verifier.checks.identity.forged import FAR, HASHES, all_refused, sign, spellings, take_apart
from backroad.verifier.drivers.identity import Accounts


@check(needs=("identity.refuses_alg_none",), seconds=15)
async def run(bench: Bench) -> None:
    """A token that is signed with the public key, as if that were a shared secret, is refused.

    The public key is public. A verifier that takes HS256 and ES256 alike, with one key for both, uses it as the secret
    of an HMAC, and anybody can sign.

    Fix: bind the key to its algorithm: allow the one that you sign with, and refuse the rest before any key is looked
    up.
    """
    driver: Accounts = bench.driver
    parts = take_apart(await driver.sign_in(await driver.account()))
    if parts.algorithm in HASHES:
        bench.log("the tokens are signed with a shared secret: there is no public key to confuse it with")
        return
    answer = expect.status(await bench.client().get(driver.key_set), 200)
    keys = expect.field(answer, "keys", type=list)
    expect.that(keys, expected="the public keys in `keys`", got="none", answer=answer)
    claims = {**parts.claims, "exp": FAR}
    forged = {}
    for key in keys[:2]:
        for form, secret in spellings(key).items():
            for name in HASHES:
                header = {**parts.header, "alg": name}
                forged[f"alg: {name}, signed with the public key, {form}, as a secret"] = sign(header, claims, secret)
    await all_refused(bench, forged)

from backroad.verifier import Bench, check, expect
from backroad.verifier.checks.identity.forged import FAR, all_refused, encode, pack, take_apart
from backroad.verifier.drivers.identity import Accounts


@check(needs=("access.lets_you_in",), seconds=15)
async def run(bench: Bench) -> None:
    """A token is refused once anything in it was changed: whose it is, until when, or the signature.

    A token can be read by everybody and looks like something one could edit. Only the signature says that nobody did.

    Fix: verify the signature over header and claims as they came, and compare it whole, with your library's decode.
    """
    driver: Accounts = bench.driver
    pairs = [await driver.sign_in(await driver.account()) for _ in range(2)]
    for tokens in pairs:
        expect.status(await driver.works(tokens), 200)  # so that both are in every cache there may be
    hers, his = map(take_apart, pairs)
    middle = len(hers.signature) // 2
    spoilt = bytearray(hers.signature)
    spoilt[middle] ^= 1
    signature = encode(hers.signature)
    forged = {
        "a token with one bit of its signature changed": f"{hers.signed}.{encode(bytes(spoilt))}",
        "a token with half of its signature": f"{hers.signed}.{encode(hers.signature[:middle])}",
        "a token with another's claims": f"{pack(hers.header, his.claims)}.{signature}",
        "a token that ends later than it did": f"{pack(hers.header, {**hers.claims, 'exp': FAR})}.{signature}",
        "a token with a role added": f"{pack(hers.header, {**hers.claims, 'role': 'admin'})}.{signature}",
        "a token with another header": f"{pack({**hers.header, 'x': 1}, hers.claims)}.{signature}",
        "a token with another's signature": f"{hers.signed}.{encode(his.signature)}",
    }
    await all_refused(bench, forged)

import hmac
import itertools

from backroad.verifier import Bench, Failed, check
from backroad.verifier.checks.identity.forged import HASHES, take_apart
from backroad.verifier.drivers.identity import Accounts

WORDS = (  # noqa: SIM905  a list of words is harder to read
    "secret password changeme key jwt token test dev default admin supersecret mysecret topsecret secretkey secret-key "
    "secret_key jwtsecret jwt-secret jwt_secret your-256-bit-secret your-secret-key your_secret_key your-jwt-secret "
    "your_jwt_secret jwtkey privatekey private-key signingkey shhhh shhhhh notasecret thisisasecret this-is-a-secret "
    "keyboardcat keyboard-cat s3cr3t p4ssw0rd 123456 12345678 123456789 qwerty letmein hello helloworld example "
    "development production app api auth backend server accounts django-insecure flask express change-me change_me "
    "please-change replace-me replace_me dont-tell-anyone fixme todo abc abc123 foo bar foobar x a 0 1"
).split()
PHRASES = ("keyboard cat", "this is a secret", "my secret", "super secret", "your secret", "change me", "")


@check(needs=("access.lets_you_in",), seconds=15)
async def run(bench: Bench) -> None:
    """Tokens are not signed with a secret that is in everybody's list.

    Whoever has one token can try secrets at home, millions in a second, and nobody notices. With the right one they
    sign tokens for any account.

    Fix: 32 bytes from the system's secure source, made once and kept out of the code, or a private key (ES256, EdDSA).
    """
    driver: Accounts = bench.driver
    tokens = await driver.sign_in(await driver.account())
    parts = take_apart(tokens)
    if parts.algorithm not in HASHES:
        bench.log(f"the tokens are signed with a private key ({parts.algorithm})")
        return
    for word in guesses(driver.slug):
        digest = hmac.new(word.encode(), parts.signed.encode(), HASHES[parts.algorithm]).digest()
        if hmac.compare_digest(digest, parts.signature):
            raise Failed(
                expected="a signature that no secret of a list makes",
                got=f'it is {parts.algorithm} with the secret "{word}"', exchanges=(tokens.answer.exchange,),
            )  # fmt: skip


def guesses(slug: str) -> list[str]:
    """Common words, as they are and with what people add to them."""
    words = [*WORDS, *PHRASES, slug, "backroad"]
    ends = ("", "1", "123", "!", "-secret", "_secret", "-key", "_key")
    cased = [case for word in words for case in (word, word.upper(), word.capitalize())]
    varied = (word + end for word, end in itertools.product(cased, ends))
    return list(dict.fromkeys([*varied, *(word * 2 for word in words), *(word.ljust(32, "0") for word in words)]))

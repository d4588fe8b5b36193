"""No check: access tokens taken apart and put together again, as whoever wants in without a key does it."""

import base64
import hashlib
import hmac
import importlib.util
import json
from collections.abc import Mapping
from typing import Any

import msgspec

from backroad.verifier import Answer, Bench, Failed
from backroad.verifier.dependencies.sources import EXTRA, Unavailable
from backroad.verifier.drivers.identity import Accounts, Tokens

HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
FAR = 4_000_000_000  # an `exp` far ahead


class Parts(msgspec.Struct, frozen=True):
    header: dict[str, Any]
    claims: dict[str, Any]
    signature: bytes
    signed: str  # header and claims as they came

    @property
    def algorithm(self) -> str:
        return str(self.header.get("alg"))


def take_apart(tokens: Tokens) -> Parts:
    """The parts of an access token; a token that is no JWT is a finding."""
    try:
        header, claims, signature = tokens.access.split(".")
        loaded = json.loads(decode(header)), json.loads(decode(claims))
        if not all(isinstance(part, dict) for part in loaded):
            raise ValueError
        return Parts(*loaded, decode(signature), f"{header}.{claims}")
    except ValueError:
        raise Failed(
            expected="an access token that is a signed JWT: three parts of Base64, the first two JSON",
            got="another form", exchanges=(tokens.answer.exchange,),
        ) from None  # fmt: skip


def pack(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    return ".".join(encode(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))


def sign(header: Mapping[str, Any], claims: Mapping[str, Any], secret: bytes) -> str:
    signed = pack(header, claims)
    digest = hmac.new(secret, signed.encode(), HASHES[str(header["alg"])]).digest()
    return f"{signed}.{encode(digest)}"


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


async def all_refused(bench: Bench, forged: Mapping[str, str]) -> None:
    """Each of these tokens, by what is wrong with it, is answered 401."""
    for what, token in forged.items():
        bench.log(f"trying {what}")
        refused(await ask(bench, token), what)


async def ask(bench: Bench, token: str) -> Answer:
    driver: Accounts = bench.driver
    return await bench.client({"Authorization": f"Bearer {token}"}).send(driver.who())


def refused(answer: Answer, what: str) -> None:
    if answer.status != 401:
        sent = f"{answer.exchange.method} {answer.exchange.path} with {what}"
        raise Failed(sent=sent, expected="401", got=f"{answer.status}", exchanges=(answer.exchange,))


def spellings(key: Mapping[str, Any]) -> dict[str, bytes]:
    """The forms in which a public key of a JWK Set may lie on a server's disk."""
    if importlib.util.find_spec("joserfc") is None:
        raise Unavailable("joserfc, which reads public keys, is not installed.", hint=f"Run: {EXTRA}")
    from joserfc.jwk import OctKey, import_key

    loaded = import_key(dict(key))
    if isinstance(loaded, OctKey):  # no public key at all
        return {"its bytes": loaded.raw_value}
    pem = loaded.as_pem(private=False)
    return {
        "its PEM": pem,
        "its PEM without the last line break": pem.rstrip(b"\n"),
        "its DER": loaded.as_der(private=False),
        "its JSON": json.dumps(key, separators=(",", ":")).encode(),
    }

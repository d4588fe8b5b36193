"""Verifiers with one hole each: they return the reason to refuse, or nothing. Drills show this source.

The holes are those of RFC 8725, section 2, and of libraries and services since.
"""

import hmac
import inspect
import posixpath
from collections.abc import Callable, Mapping

from backroad.drills.tokens.compact import Token, holds
from backroad.drills.tokens.correct import claims_refusal
from backroad.drills.tokens.setting import Setting

Verifier = Callable[[Token, Setting], str]


def alg_from_token(token: Token, at: Setting) -> str:
    alg = token.header.get("alg")
    if alg == "none":  # a token without a signature says so itself
        return claims_refusal(token, at)
    if alg != at.rules.alg or not holds(token, alg, at.key):
        return "signature"
    return claims_refusal(token, at)


def none_by_name(token: Token, at: Setting) -> str:
    alg = str(token.header.get("alg", ""))
    if alg == "none":
        return "alg"
    match alg.lower():  # the library takes names in any case
        case "none":
            right = token.signature == b""
        case "hs256":
            right = holds(token, "HS256", at.key)
        case _:
            return "alg"
    return claims_refusal(token, at) if right else "signature"


def one_key_for_all(token: Token, at: Setting) -> str:
    alg = token.header.get("alg")
    if alg not in ("RS256", "HS256"):
        return "alg"
    if not holds(token, alg, at.key):  # the text of rsa-public.pem, for either
        return "signature"
    return claims_refusal(token, at)


def key_in_header(token: Token, at: Setting) -> str:
    alg = token.header.get("alg")
    if alg not in ("RS256", "ES256"):
        return "alg"
    key = token.header.get("jwk")
    if not holds(token, alg, key if isinstance(key, Mapping) else at.key):
        return "signature"
    return claims_refusal(token, at)


def key_from_url(token: Token, at: Setting) -> str:
    url = str(token.header.get("jku"))
    if not url.startswith("https://id.example"):  # only our own
        return "jku"
    key = at.fetch(url)
    if key is None or not holds(token, at.rules.alg, key):
        return "signature"
    return claims_refusal(token, at)


def kid_as_path(token: Token, at: Setting) -> str:
    kid = str(token.header.get("kid"))
    path = posixpath.normpath(posixpath.join("/srv/keys", kid))
    secret = at.files.get(path)  # what open(path).read() gives
    if secret is None or not holds(token, "HS256", secret):
        return "signature"
    return claims_refusal(token, at)


def guessable_secret(token: Token, at: Setting) -> str:
    if token.header.get("alg") != "HS256" or not holds(token, "HS256", at.keys["guessable"]):
        return "signature"
    return claims_refusal(token, at)


def payload_only(token: Token, at: Setting) -> str:
    payload = token.text.split(".")[1]
    mac = hmac.digest(at.key.encode(), payload.encode(), "sha256")
    if not hmac.compare_digest(mac, token.signature):
        return "signature"
    return claims_refusal(token, at)


def no_exp(token: Token, at: Setting) -> str:
    if token.header.get("alg") != at.rules.alg or not holds(token, at.rules.alg, at.key):
        return "signature"
    return claims_refusal(token, at, but=("exp",))


def no_aud(token: Token, at: Setting) -> str:
    if token.header.get("alg") != at.rules.alg or not holds(token, at.rules.alg, at.key):
        return "signature"
    return claims_refusal(token, at, but=("aud",))


def no_typ(token: Token, at: Setting) -> str:
    if token.header.get("alg") != at.rules.alg or not holds(token, at.rules.alg, at.key):
        return "signature"
    return claims_refusal(token, at, but=("typ",))


def aud_by_substring(token: Token, at: Setting) -> str:
    if token.header.get("alg") != at.rules.alg or not holds(token, at.rules.alg, at.key):
        return "signature"
    if at.rules.aud not in str(token.claims.get("aud")):
        return "aud"
    return claims_refusal(token, at, but=("aud",))


def denies_by_text(token: Token, at: Setting) -> str:
    if token.text in [denied.text for denied in at.denied]:
        return "denied"
    if token.header.get("alg") != at.rules.alg or not holds(token, at.rules.alg, at.key):
        return "signature"
    return claims_refusal(token, at, but=("jti",))


VERIFIERS: dict[str, Verifier] = {
    verifier.__name__: verifier
    for verifier in (
        alg_from_token, none_by_name, one_key_for_all, key_in_header, key_from_url, kid_as_path, guessable_secret,
        payload_only, no_exp, no_aud, no_typ, aud_by_substring, denies_by_text,
    )
}  # fmt: skip


def source_of(name: str) -> str:
    return inspect.getsource(VERIFIERS[name]).rstrip()

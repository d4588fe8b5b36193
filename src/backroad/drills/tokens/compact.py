"""A token taken apart and put together: the compact form of RFC 7515, section 7.1.

It is put together from a text in three parts with blank lines between them: the header and the payload in JSON, and
`key: …`, which is a secret, the name of a key that the drill shows, or `none`; or `signature: …`, made elsewhere.
"""

import base64
import functools
import hmac
import json
import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from backroad.kit.errors import Problem

DEEPEST = 20
HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
_SEGMENT = re.compile(r"[A-Za-z0-9_-]*")


class Token(msgspec.Struct, frozen=True):
    text: str
    header: dict[str, Any]
    claims: dict[str, Any]
    signature: bytes

    @property
    def signed(self) -> bytes:
        """What the signature covers."""
        return self.text.rpartition(".")[0].encode()


def unreadable(sentence: str) -> Problem:
    return Problem(sentence, "Change it and answer again; this was not counted.")


def said(value: object) -> str:
    """A value of a header or a claim as code, in a line; control characters stay escaped."""
    text = json.dumps(value, ensure_ascii=False).replace("`", "'")
    return f"`{text if len(text) <= 80 else text[:80] + '…'}`"


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token_of(text: str, keys: Mapping[str, str]) -> Token:
    """From either form; `keys` are those that may be named."""
    plain = text.strip()
    return _put_together(plain, keys) if plain.startswith("{") else read("".join(plain.split()))


def read(text: str) -> Token:
    """As lenient decoders read it: bits that are left over in a last letter do not count."""
    parts = text.split(".")
    if len(parts) != 3:
        count = f"{len(parts)} part{'' if len(parts) == 1 else 's'}"
        raise unreadable(f"A token is three parts joined by dots; this has {count}.")
    raw = []
    for name, part in zip(("header", "payload", "signature"), parts, strict=True):
        if not _SEGMENT.fullmatch(part) or len(part) % 4 == 1:
            raise unreadable(f"The {name} is not base64url without padding.")
        raw.append(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    found = []
    for name, data in (("header", raw[0]), ("payload", raw[1])):
        try:
            value, rest = json_object(data.decode(), name)
        except UnicodeDecodeError:
            raise unreadable(f"The {name} is not UTF-8.") from None
        if rest.strip():
            raise unreadable(f"The {name} goes on after its JSON object.")
        found.append(value)
    return Token(text, found[0], found[1], raw[2])


def _put_together(text: str, keys: Mapping[str, str]) -> Token:
    header, rest = json_object(text, "header")
    claims, rest = json_object(rest, "payload")
    word, colon, value = rest.strip().partition(":")
    value = value.strip()
    if not colon or word not in ("key", "signature"):
        raise unreadable("After the payload comes a blank line and `key: …`, or `signature: …`, and nothing else.")
    signed = f"{b64(_dumped(header))}.{b64(_dumped(claims))}"
    if word == "signature":
        return read(f"{signed}.{value}")
    published = keys.get(value) or next((key for key in keys.values() if key.strip() == value and value), None)
    if published is None and "\n" in value:
        raise unreadable("The key goes over several lines, and is none of the keys shown: write its name.")
    none = value == "none" or header.get("alg") == "none"
    signature = b"" if none else _signature(header.get("alg"), published, value, signed.encode())
    return Token(f"{signed}.{b64(signature)}", header, claims, signature)


def _signature(alg: object, published: str | None, value: str, signed: bytes) -> bytes:
    if isinstance(alg, str) and alg in HASHES:
        return hmac.digest((value if published is None else published).encode(), signed, HASHES[alg])
    if not isinstance(alg, str) or alg not in ("RS256", "PS256", "ES256"):
        raise unreadable(
            f"The header's `alg` is {said(alg)}: we sign with {', '.join(HASHES)}, RS256, PS256 and ES256. "
            "For another, sign with your own tools, or write `key: none`."
        )
    if published is None or "PRIVATE KEY" not in published:
        raise unreadable(f"{alg} signs with a private key, and {said(value)} is none that is shown here.")
    from joserfc.errors import JoseError

    try:
        return bytes(algorithm(alg).sign(signed, imported(published, alg)))
    except (JoseError, ValueError):
        raise unreadable(f"{alg} does not sign with this kind of key.") from None


def holds(token: Token, alg: str, key: str | Mapping[str, Any]) -> bool:
    """Whether the signature is right: of a secret or a PEM, as text, or of a public key as JWK."""
    if alg in HASHES:
        return isinstance(key, str) and hmac.compare_digest(
            hmac.digest(key.encode(), token.signed, HASHES[alg]), token.signature
        )
    from joserfc.errors import JoseError

    try:
        made = imported(key, alg) if isinstance(key, str) else _from_jwk(key)
        model = algorithm(alg)
        model.check_key(made)
        return bool(model.verify(token.signed, token.signature, made))
    except (JoseError, ValueError, TypeError, KeyError):
        return False


@functools.lru_cache(maxsize=100)
def imported(key: str, alg: str) -> Any:
    """The key of joserfc's that an algorithm takes."""
    from joserfc.jwk import ECKey, OctKey, RSAKey

    kinds: dict[str, Any] = {"HS": OctKey, "ES": ECKey}
    return kinds.get(alg[:2], RSAKey).import_key(key)


def _from_jwk(key: Mapping[str, Any]) -> Any:
    """The public key in a header, of a size that costs nothing to check."""
    from joserfc.jwk import ECKey, RSAKey

    if key.get("kty") == "RSA" and 340 <= len(str(key["n"])) <= 1400:
        return RSAKey.import_key({"kty": "RSA", "n": key["n"], "e": key["e"]})
    return ECKey.import_key({"kty": str(key["kty"]), **{name: key[name] for name in ("crv", "x", "y")}})


def algorithm(alg: str) -> Any:
    from joserfc.jws import JWSRegistry

    return JWSRegistry.algorithms[alg]


def json_object(text: str, what: str) -> tuple[dict[str, Any], str]:
    """The object with which the text begins, and what comes after it."""
    text = text.lstrip()
    if not text.startswith("{"):
        raise unreadable(f"The {what} is not a JSON object: it begins with {said(text[:10])}, not with `{{`.")
    try:
        value, end = _DECODER.raw_decode(text)
        _dumped(value)
    except json.JSONDecodeError as error:
        raise unreadable(f"The {what} is not JSON: {error.msg}, line {error.lineno} column {error.colno}.") from None
    except UnicodeEncodeError:
        raise unreadable(f"The {what} holds half of a character.") from None
    except RecursionError:
        raise unreadable(f"The {what} is nested too deeply; {DEEPEST} levels are enough.") from None
    except ValueError as error:
        raise unreadable(f"The {what} is not JSON that every program reads alike: {error}.") from None
    if _is_deep(value):
        raise unreadable(f"The {what} is nested too deeply; {DEEPEST} levels are enough.")
    return value, text[end:]


def _dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _is_deep(value: object) -> bool:
    level: list[object] = [value]
    for _ in range(DEEPEST):
        level = [
            child
            for item in level
            for child in (item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
        ]
    return bool(level)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """RFC 7515, section 4, and RFC 7519, section 4, let a reader refuse a name that is there twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands in an object twice")
    return found


def _constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON's")


def _integer(text: str) -> int:
    if len(text) > 100:
        raise ValueError("a number has more than 100 digits")
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:20]} is too large a number")
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_constant=_constant, parse_float=_float, parse_int=_integer
)

"""Signing, and finding the key that something was signed with."""

import base64
import json
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from backroad.identity.sealing import seal, unseal
from backroad.kit.errors import NotFound, Problem
from backroad.kit.private_key import PrivateKey, read_key
from backroad.signing import store
from backroad.signing.model import PublicKey, Purpose
from backroad.signing.private import Keyring, new_key

LONGEST_TOKEN = 256 << 10
"""Characters of a token that is looked at: a whole road, proven, takes half of that."""


class Unreadable(ValueError):
    """The text is no token; the message says what is wrong with it."""


class BadSignature(ValueError):
    """It is a token, and was not signed with this key."""


class Sealed(msgspec.Struct, frozen=True):
    """What lies sealed in the database: a private JWK."""

    jwk: dict[str, Any]


def signing_key(tx: Connection, ring: Keyring, purpose: Purpose, now: datetime) -> PrivateKey:
    """The key to sign with; its public half is kept before it signs anything. One that was withdrawn signs no more."""
    key = ring.given(purpose) or (_sealed(tx, ring, purpose, now) if ring.secret else ring.filed(purpose))
    if key is None:
        return _renewed(tx, ring, purpose, now)
    known = store.key(tx, key.id)
    if known is not None and known.withdrawn_at is not None:
        return _renewed(tx, ring, purpose, now)
    if known is None:
        store.add(tx, PublicKey(key.id, purpose, key.jwk, now))
    return key


def _sealed(tx: Connection, ring: Keyring, purpose: Purpose, now: datetime) -> PrivateKey | None:
    """The newest in force. None where there is none, or none that the server's secret opens."""
    for known in reversed(store.keys(tx, purpose)):
        if known.sealed and known.withdrawn_at is None:
            opened = unseal(ring.secret, f"{purpose} key", known.sealed, Sealed, now=now)
            if opened is not None:
                return read_key(json.dumps(opened.jwk))
    return None


def _renewed(tx: Connection, ring: Keyring, purpose: Purpose, now: datetime) -> PrivateKey:
    if ring.given(purpose) is not None:
        raise Problem(
            f"The {purpose} key comes from a setting.",
            f"Put another key into BACKROAD_{purpose.upper()}_KEY and start again; the old one stays published.",
            status=409,
        )
    if not ring.secret:
        key, sealed = ring.filed(purpose, renew=True), ""
    else:
        jwk = new_key()
        key, sealed = read_key(json.dumps(jwk)), seal(ring.secret, f"{purpose} key", Sealed(jwk), now)
    store.add(tx, PublicKey(key.id, purpose, key.jwk, now, sealed))
    return key


def rotate(tx: Connection, ring: Keyring, purpose: Purpose, now: datetime) -> PrivateKey:
    """A new key signs from now on; what older ones signed stays good."""
    signing_key(tx, ring, purpose, now)
    return _renewed(tx, ring, purpose, now)


def withdraw(tx: Connection, key_id: str, now: datetime) -> None:
    """A key that was stolen: nothing that it signed is believed any more."""
    if not store.withdraw(tx, key_id, now):
        raise NotFound(f"There is no key {key_id[:64]!r} in force.")


def key_set(tx: Connection) -> dict[str, Any]:
    """Every key in force, as a JWK Set (RFC 7517, section 5)."""
    return {"keys": [{**key.jwk, "kid": key.id} for key in store.keys(tx) if key.withdrawn_at is None]}


def sign(key: PrivateKey, claims: dict[str, Any], *, kid: str = "", kind: str = "JWT") -> str:
    """A compact JWS (RFC 7515) over the claims."""
    from joserfc import jws

    header = {"alg": key.algorithm, "typ": kind, "kid": kid or key.id}
    payload = json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode()
    return jws.serialize_compact(header, payload, key.key, algorithms=[key.algorithm])


def looked_into(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(header, claims) of a token that nobody has checked yet."""
    if len(token) > LONGEST_TOKEN:
        raise Unreadable(f"it has {len(token):,} characters; at most {LONGEST_TOKEN:,} are read")
    if token.count(".") != 2 or not token.isascii():
        raise Unreadable("it is no signed token: that has three parts with dots between them")
    header, claims = map(_part, token.split(".")[:2])
    return header, claims


def _part(text: str) -> dict[str, Any]:
    try:
        found = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        raise Unreadable("its parts cannot be read") from None
    if not isinstance(found, dict):
        raise Unreadable("its parts are not what they must be")
    return found


def check_signature(token: str, jwk: dict[str, Any], algorithm: str) -> dict[str, Any]:
    """The claims of a token that this key signed. Only the algorithm that belongs to the key is taken, whatever the
    token says (RFC 8725, section 3.1)."""
    from joserfc import jws
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, RSAKey

    try:
        key = (RSAKey if algorithm == "RS256" else ECKey).import_key(jwk)
        registry = jws.JWSRegistry(algorithms=[algorithm])
        registry.max_payload_length = LONGEST_TOKEN
        registry.max_header_length = LONGEST_TOKEN  # a did:jwk is longer than what is usual
        checked = jws.deserialize_compact(token, key, registry=registry)
        claims: dict[str, Any] = json.loads(checked.payload)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise BadSignature from None
    return claims

"""Judging a token that somebody brings: hostile until proven otherwise."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from backroad.credentials import store
from backroad.credentials.issuer import DID, Issuer, jwk_of
from backroad.credentials.model import Verdict
from backroad.credentials.rules import breaches, moment_of
from backroad.kit.say import say_date
from backroad.signing import actions as signing
from backroad.signing import store as keys
from backroad.signing.model import PublicKey

_ASK = "Ask whoever showed it to you for the file as they downloaded it."
_SELF = (
    "This shows that nobody changed it since, and nothing more: it does not show who the learner is, nor that "
    "anybody watched."
)


def verify(tx: Connection, text: str, issuer: Issuer, now: datetime) -> Verdict:
    """Never raises for what stands in the text."""
    token = "".join(text.split())
    try:
        header, claims = signing.looked_into(token)
    except signing.Unreadable as error:
        return Verdict(state="unreadable", sentence=f"This cannot be read: {error}.", hint=_ASK)
    named, kid = str(claims.get("iss", ""))[:4000], str(header.get("kid", ""))[:4000]
    if header.get("alg") not in ("RS256", "ES256"):
        said = "It is not signed" if header.get("alg") == "none" else "It is signed in a way that is not trusted"
        return Verdict(state="altered", sentence=f"{said}, so anybody can have made it.", hint=_ASK, issuer=named)
    if "crit" in header:
        return Verdict(state="altered", sentence="It demands extensions that are not known here.", issuer=named)
    if named.startswith(DID):
        return _self_asserted(tx, token, header, named, now)
    key = keys.key(tx, kid.rpartition("/")[2]) if kid else None
    if key is not None and key.purpose == "credential":
        return _ours(tx, token, key, now)
    if issuer.base and named == f"{issuer.base}/issuer":
        return _altered("It names this server as its issuer, but this server has no such key.")
    said = f"It names {named[:200]} as its issuer" if named else "It names no issuer"
    return Verdict(
        state="foreign",
        sentence=f"{said}: this server did not issue it and can say nothing about it.",
        hint="Ask there, or use the verifier of whoever issued it.",
        issuer=named[:200],
    )


def _altered(sentence: str) -> Verdict:
    return Verdict(state="altered", sentence=sentence, hint="It was changed, or somebody else made it. " + _ASK)


def _ours(tx: Connection, token: str, key: PublicKey, now: datetime) -> Verdict:
    try:
        claims = signing.check_signature(token, key.jwk, key.algorithm)
    except signing.BadSignature:
        return _altered("It names this server's key, but its signature does not fit.")
    if key.withdrawn_at is not None:
        return Verdict(
            state="revoked",
            sentence=f"The key that signed it was withdrawn on {say_date(key.withdrawn_at.date())}.",
            hint="Ask the learner to issue it again.",
        )
    return _judged(tx, claims, now, "valid")


def _self_asserted(tx: Connection, token: str, header: dict[str, Any], named: str, now: datetime) -> Verdict:
    """The issuer is a key. That it signed shows who holds it, and no more."""
    try:
        jwk = jwk_of(named)
        algorithm = {"RSA": "RS256", "EC": "ES256"}[str(jwk.get("kty"))]
        sane = algorithm != "RS256" or (340 <= len(str(jwk.get("n", ""))) <= 1400 and len(str(jwk.get("e", ""))) <= 8)
        if header.get("kid") != f"{named}#0" or not sane:
            return _altered("The key that it names is not its issuer's.")
        claims = signing.check_signature(token, jwk, algorithm)
    except (ValueError, KeyError, RecursionError):
        return _altered("It was issued by a learner's own key, and its signature does not fit.")
    return _judged(tx, claims, now, "self-asserted")


def _judged(tx: Connection, claims: dict[str, Any], now: datetime, best: str) -> Verdict:
    if wrong := list(breaches(claims)):
        return Verdict(state="unreadable", sentence=f"This is signed, and is no Open Badge: {'; '.join(wrong)}.")
    number = str(claims["id"]).rpartition("/")[2].removeprefix("urn:uuid:")[:40]
    issuer = claims["issuer"]
    name = str(issuer.get("name", claims["iss"]))[:200] if isinstance(issuer, dict) else str(issuer)[:200]
    if best == "self-asserted":
        name = "the learner's own key"  # whatever it calls itself
    begun, until = moment_of(claims["validFrom"]), moment_of(claims.get("validUntil"))
    row = store.read(tx, number)

    def verdict(state: Any, sentence: str, hint: str = "") -> Verdict:
        return Verdict(state=state, sentence=sentence, hint=hint, id=number, issuer=name, document=claims)

    assert begun is not None
    if begun > now:
        return verdict("expired", f"It is valid only from {say_date(begun.date())} on.")
    if until is not None and until < now:
        return verdict("expired", f"It was valid until {say_date(until.date())}.")
    if row is not None and row.revoked_at is not None:
        why = f" ({row.reason})" if row.reason else ""
        return verdict("revoked", f"It was genuine, and was taken back on {say_date(row.revoked_at.date())}{why}.")
    if best == "self-asserted":
        return verdict("self-asserted", f"A learner issued this to themselves on {say_date(begun.date())}.", _SELF)
    if row is None:
        return verdict("revoked", "It was genuine, and this server does not know it any more.")
    return verdict("valid", f"It is genuine and in force: {name} signed it on {say_date(begun.date())}.")

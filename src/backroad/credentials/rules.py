"""What a credential must be, rule by rule: data model (VCDM 2.0) and Open Badges 3.0, as far as one file shows it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from backroad.credentials.document import CONTEXT, TYPE


def breaches(claims: dict[str, Any]) -> Iterator[str]:
    """A sentence for each rule that is broken; none for a sound credential. `claims` is the payload of a token."""
    contexts, types = claims.get("@context"), claims.get("type")
    if not isinstance(contexts, list) or contexts[:1] != CONTEXT[:1]:
        yield f"its first context is not {CONTEXT[0]}"
    elif not any(str(item).startswith("https://purl.imsglobal.org/spec/ob/v3p0/context") for item in contexts[1:]):
        yield "the context of Open Badges 3.0 is missing"
    if not isinstance(types, list) or not set(TYPE) <= {str(item) for item in types}:
        yield "it is not of the type OpenBadgeCredential"
    if "vc" in claims:
        yield "it has a `vc` claim, which the data model 2.0 does not know"
    issuer, about = claims.get("issuer"), claims.get("credentialSubject")
    issuer_id = issuer.get("id") if isinstance(issuer, dict) else issuer
    if not isinstance(issuer_id, str) or claims.get("iss") != issuer_id:
        yield "`iss` is not its issuer"
    if not isinstance(claims.get("id"), str) or claims.get("jti") != claims["id"]:
        yield "`jti` is not its id"
    if not isinstance(about, dict) or not isinstance(about.get("id"), str) or claims.get("sub") != about["id"]:
        yield "`sub` is not its subject"
    elif not isinstance(about.get("achievement"), dict):
        yield "it names no achievement"
    begun = moment_of(claims.get("validFrom"))
    if begun is None or claims.get("nbf") != int(begun.timestamp()):
        yield "`nbf` is not its validFrom"
    until = moment_of(claims.get("validUntil"))
    if ("validUntil" in claims or "exp" in claims) and (until is None or claims.get("exp") != int(until.timestamp())):
        yield "`exp` is not its validUntil"


def moment_of(value: object) -> datetime | None:
    """A dateTimeStamp: with its time zone."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        if found is None or found.tzinfo is None:
            return None
        found.timestamp()
    except (ValueError, OverflowError):
        return None
    return found

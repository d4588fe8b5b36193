"""Judging the token of a launch (LTI 1.3 Core, section 4 and 5; OpenID Connect Core, 3.1.3.7). Pure."""

from datetime import datetime
from typing import Any

import msgspec

from backroad.kit.errors import Problem
from backroad.lti.model import Message, Platform

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
SKEW = 60
"""Seconds by which the clocks of two servers may differ."""
LONGEST_LIFE = 3600
"""Seconds after which a launch is not believed, whatever it says of itself."""
_KINDS = {"LtiResourceLinkRequest": "resource", "LtiDeepLinkingRequest": "deep linking"}


class Refused(Problem):
    """A launch that is not believed. The sentence is for people, and names the claim for whoever runs the platform."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"This launch cannot be accepted: {why}.",
            "Open Backroad from your course again. If that does not help, show this to whoever runs the platform.",
            status=401,
        )


def read(claims: dict[str, Any], platform: Platform, nonce: str, now: datetime) -> Message:
    """The message in claims whose signature was checked. Raises Refused."""
    _check_token(claims, platform, nonce, now)
    if claims.get(f"{CLAIM}version") != "1.3.0":
        raise Refused("it is not of LTI 1.3.0 (version)")
    kind = _KINDS.get(_text(claims, f"{CLAIM}message_type", 100))
    if kind is None:
        raise Refused("it is neither a resource link nor deep linking (message_type)")
    deployment = _text(claims, f"{CLAIM}deployment_id", 255)
    if deployment not in platform.deployments:
        raise Refused("this deployment of the tool is not registered here (deployment_id)")
    subject = _text(claims, "sub", 255)
    if not subject:
        raise Refused("it does not say who comes (sub)")
    roles = claims.get(f"{CLAIM}roles", [])
    link, linking = claims.get(f"{CLAIM}resource_link", {}), claims.get(f"{DEEP}deep_linking_settings", {})
    resource = _text(link, "id", 255) if isinstance(link, dict) else ""
    if kind == "resource" and not resource:
        raise Refused("it does not say from where in the course (resource_link)")
    if kind == "deep linking" and not (isinstance(linking, dict) and linking.get("deep_link_return_url")):
        raise Refused("it does not say where the choice goes (deep_linking_settings)")
    custom, grades = claims.get(f"{CLAIM}custom", {}), claims.get(AGS, {})
    raw = {
        "platform": platform.id,
        "kind": kind,
        "deployment": deployment,
        "subject": subject,
        "name": _name(claims),
        "roles": [role for role in roles[:50] if isinstance(role, str)] if isinstance(roles, list) else [],
        "resource": resource,
        "title": _text(link, "title", 200) if isinstance(link, dict) else "",
        "custom": {str(name): str(value)[:200] for name, value in custom.items()} if isinstance(custom, dict) else {},
        "grades": grades if isinstance(grades, dict) else {},
        "linking": linking if isinstance(linking, dict) else {},
    }
    return msgspec.convert(raw, Message)


def _check_token(claims: dict[str, Any], platform: Platform, nonce: str, now: datetime) -> None:
    if claims.get("iss") != platform.issuer:
        raise Refused("it comes from another platform (iss)")
    audience, party = claims.get("aud"), claims.get("azp")
    several = audience if isinstance(audience, list) else [audience]
    if platform.client_id not in several:
        raise Refused("it is meant for another tool (aud)")
    if (len(several) > 1 and party is None) or (party is not None and party != platform.client_id):
        raise Refused("it was made for another tool (azp)")
    moment = now.timestamp()
    expires, issued = _number(claims, "exp"), _number(claims, "iat")
    if expires is None or expires + SKEW <= moment:
        raise Refused("it is over (exp)")
    if issued is None or issued - SKEW > moment:
        raise Refused("it comes from the future (iat)")
    if issued + LONGEST_LIFE < moment:
        raise Refused("it is too old (iat)")
    if not nonce or claims.get("nonce") != nonce:
        raise Refused("it belongs to another launch (nonce)")


def _number(claims: dict[str, Any], name: str) -> float | None:
    value = claims.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(claims: dict[str, Any], name: str, most: int) -> str:
    """Empty where it is missing, or is not text, or is longer than it may be."""
    value = claims.get(name)
    return value if isinstance(value, str) and len(value) <= most and "\0" not in value else ""


def _name(claims: dict[str, Any]) -> str:
    whole = _text(claims, "name", 200)
    parts = (_text(claims, "given_name", 100), _text(claims, "family_name", 100))
    return whole or " ".join(filter(None, parts))

"""Choosing content for a course (LTI Deep Linking 2.0): the choice goes back to the platform, signed."""

import secrets
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Connection

from backroad.lti.content import MARK, Ground, title_of
from backroad.lti.messages import CLAIM, DEEP, Refused
from backroad.lti.model import Content, Message, Platform
from backroad.lti.platforms import checked_url
from backroad.signing import actions as signing
from backroad.signing.private import Keyring

PURPOSE = "deep linking"
SECONDS = 3600
"""For so long a teacher may choose."""


class Choice(msgspec.Struct, frozen=True):
    """What is asked, sealed into the page, so that nobody else's choice goes anywhere."""

    platform: str
    deployment: str
    returns_to: str
    data: str
    graded: bool
    """Whether the platform takes a line item with it."""


def choice_of(message: Message) -> Choice:
    """Raises Refused where the platform takes no links, or a learner sends it."""
    asked = message.linking
    if not message.teaches:
        raise Refused("only who teaches the course may choose its content (roles)")
    if "ltiResourceLink" not in (asked.get("accept_types") or []):
        raise Refused("the platform takes no links here (accept_types)")
    returns_to, data = asked.get("deep_link_return_url"), asked.get("data", "")
    if not isinstance(returns_to, str) or not isinstance(data, str):
        raise Refused("it does not say where the choice goes (deep_linking_settings)")
    checked_url(returns_to, "The address to return to")
    return Choice(message.platform, message.deployment, returns_to, data, asked.get("accept_lineitem") is not False)


def response(
    tx: Connection, ring: Keyring, platform: Platform, choice: Choice, content: Content, ground: Ground, base: str,
    now: datetime,
) -> str:  # fmt: skip
    """The signed answer (section 5): one link, with a line item of 100 points."""
    moment, title = int(now.timestamp()), title_of(content, ground)
    item: dict[str, Any] = {
        "type": "ltiResourceLink",
        "title": title,
        "url": f"{base}/lti/launch",
        "custom": {MARK: content.name, "counted": content.counted},
        "window": {"targetName": "_blank"},
    }
    if choice.graded:
        item["lineItem"] = {"label": title, "scoreMaximum": 100, "resourceId": content.name}
    claims = {
        "iss": platform.client_id,
        "aud": [platform.issuer],
        "iat": moment,
        "exp": moment + 300,
        "nonce": secrets.token_urlsafe(24),
        f"{CLAIM}deployment_id": choice.deployment,
        f"{CLAIM}message_type": "LtiDeepLinkingResponse",
        f"{CLAIM}version": "1.3.0",
        f"{DEEP}content_items": [item],
        **({f"{DEEP}data": choice.data} if choice.data else {}),
    }
    return signing.sign(signing.signing_key(tx, ring, "lti", now), claims)


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

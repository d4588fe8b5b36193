"""Registering platforms: an admin's work."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Connection

from backroad.identity import audit
from backroad.kit.errors import NotFound, Problem
from backroad.kit.ids import new_id
from backroad.lti import store
from backroad.lti.model import LONGEST_URL, Platform

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
MOST_DEPLOYMENTS = 100


def checked_url(text: str, what: str) -> str:
    """https, or http on this machine: tokens travel there."""
    url = text.strip()
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - a port that is no number raises
        sound = bool(parts.hostname) and not parts.username and not parts.fragment
    except ValueError:
        sound = False
    if not sound or len(url) > LONGEST_URL or not url.isprintable() or " " in url:
        raise Problem(f"{what} is not a URL.", "Copy it from the platform's page about the tool.")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise Problem(f"{what} must begin with https://.", "Tokens travel there.")
    return url


def add(
    tx: Connection,
    *,
    issuer: str,
    client_id: str,
    login_url: str,
    token_url: str,
    jwks_url: str,
    deployments: Sequence[str],
    now: datetime,
    title: str = "",
    audience: str = "",
    actor: str = "",
) -> Platform:
    """A platform as its own page about the tool describes it. The same issuer and client again change it."""
    issuer = checked_url(issuer, "The issuer").rstrip() if issuer else ""
    if not issuer or len(issuer) > 190:
        raise Problem("The issuer is missing or too long.", "The platform calls it issuer or platform id.")
    client_id = client_id.strip()
    if not 1 <= len(client_id) <= 200 or not client_id.isprintable():
        raise Problem("The client id is missing or too long.", "The platform shows it after the tool was added.")
    named = tuple(dict.fromkeys(item.strip() for item in deployments if item.strip()))
    if not named or len(named) > MOST_DEPLOYMENTS or any(len(item) > 255 for item in named):
        raise Problem("Name the deployment ids.", "The platform shows them after the tool was added; often it is 1.")
    known = store.of_issuer(tx, issuer, client_id)
    made = Platform(
        id=known[0].id if known else new_id(),
        issuer=issuer,
        client_id=client_id,
        title=" ".join(title.split())[:100] or str(urlsplit(issuer).hostname),
        login_url=checked_url(login_url, "The login URL"),
        token_url=checked_url(token_url, "The token URL"),
        jwks_url=checked_url(jwks_url, "The key set URL"),
        created_at=known[0].created_at if known else now,
        audience=audience.strip()[:LONGEST_URL],
        deployments=named,
    )
    if known:
        store.change_platform(tx, made)
    else:
        store.add_platform(tx, made)
    detail = msgspec.to_builtins({"issuer": issuer, "client": client_id, "deployments": named})
    audit.note(tx, now, "platform.changed" if known else "platform.added", made.id, actor=actor, detail=detail)
    return made


def get(tx: Connection, platform_id: str) -> Platform:
    found = store.platform(tx, platform_id)
    if found is None:
        raise NotFound("There is no such platform.", "backroad lti list names them.")
    return found


def remove(tx: Connection, platform_id: str, now: datetime, actor: str = "") -> None:
    """Nobody comes from there any more, and no grade goes there. The accounts stay."""
    found = get(tx, platform_id)
    store.remove_platform(tx, found.id)
    audit.note(tx, now, "platform.removed", found.id, actor=actor, detail={"issuer": found.issuer})

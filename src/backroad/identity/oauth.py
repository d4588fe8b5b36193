"""How programs get tokens: a code that a browser brought (RFC 6749, 4.1, with PKCE, RFC 7636), a device that a person
let in (RFC 8628), a refresh token. No program is ever given a password.

What a program is refused is an answer and no exception: a refusal may have ended a grant, and that must be kept.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import Connection

from backroad.identity import audit, devices, drawn, families, grant_store, store
from backroad.identity.grants import CLIENTS, CODE_LIFE, SCOPES, Client, Code, Issued, Scope
from backroad.identity.jwts import Jwts
from backroad.identity.model import Person
from backroad.identity.sessions import fingerprint
from backroad.identity.tokens import possible_scopes
from backroad.kit.errors import Problem

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
GRANTS = ("authorization_code", "refresh_token", DEVICE_GRANT)
DEFAULT_SCOPES: tuple[Scope, ...] = ("read", "write", "submit")
_LOOPBACK = re.compile(r"http://(?:127\.0\.0\.1|\[::1\]):([1-9][0-9]{0,4})(?:/[A-Za-z0-9/._~-]{0,100})?")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
ErrorCode = Literal[
    "invalid_request", "invalid_client", "invalid_grant", "unsupported_grant_type", "invalid_scope",
    "authorization_pending", "slow_down", "access_denied", "expired_token", "unsupported_response_type",
]  # fmt: skip


class Refusal(msgspec.Struct, frozen=True):
    """As RFC 6749, 5.2, has it."""

    error: ErrorCode
    error_description: str

    @property
    def status(self) -> int:
        return 401 if self.error == "invalid_client" else 400


class From(msgspec.Struct, frozen=True):
    """Who sends a request, as far as it can be seen."""

    agent: str
    address: str


class Wish(msgspec.Struct, frozen=True):
    """What a program asks a person for, in the browser."""

    client: Client
    redirect: str
    scopes: tuple[Scope, ...]
    state: str
    challenge: str


def scopes_of(text: str) -> tuple[Scope, ...] | None:
    """None where one is unknown; the usual ones where none is named."""
    asked = text.split()
    if not set(asked) <= set(SCOPES):
        return None
    return tuple(scope for scope in SCOPES if scope in asked) or DEFAULT_SCOPES


def is_loopback(redirect: str) -> bool:
    """Whether only a program on the person's own machine can be listening there (RFC 8252, 7.3); any port will do."""
    found = _LOOPBACK.fullmatch(redirect)
    return found is not None and int(found[1]) <= 65535


def read_wish(asked: Mapping[str, str]) -> Wish | Refusal:
    """A Problem where the redirect cannot be trusted, so that the person must be told and nobody else; a Refusal is
    for the program."""
    client = CLIENTS.get(asked.get("client_id", ""))
    if client is None:
        raise Problem("A program that this server does not know asks for access.", "Close this page.")
    redirect = asked.get("redirect_uri", "")
    if not is_loopback(redirect):
        raise Problem(
            "A program wants your answer to be sent elsewhere than to this machine.",
            "If you did not start it yourself, close this page.",
        )
    if asked.get("response_type") != "code":
        return Refusal("unsupported_response_type", "response_type must be code")
    challenge, state = asked.get("code_challenge", ""), asked.get("state", "")
    if asked.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
        return Refusal("invalid_request", "code_challenge with code_challenge_method=S256 is needed")
    if len(state) > 200 or not state.isprintable():
        return Refusal("invalid_request", "state has at most 200 printable characters")
    scopes = scopes_of(asked.get("scope", ""))
    if scopes is None:
        return Refusal("invalid_scope", f"there are {' '.join(SCOPES)}")
    return Wish(client, redirect, scopes, state, challenge)


def granted(person: Person, scopes: tuple[Scope, ...]) -> tuple[Scope, ...]:
    """Of what was asked for, what this person may give away."""
    possible = possible_scopes(person)
    return tuple(scope for scope in scopes if scope in possible)


def allow(tx: Connection, person: Person, wish: Wish, now: datetime) -> str:
    """The code for the program; a Problem where nothing that it asks for may be given away."""
    scopes = granted(person, wish.scopes)
    if not scopes:
        raise Problem("Your account may do nothing of what this program asks for.", status=403)
    word = drawn.draw(drawn.CODE)
    grant_store.sweep(tx, now)
    code = Code(
        fingerprint(word), person.id, wish.client.id, scopes, wish.redirect, wish.challenge, now + CODE_LIFE
    )  # fmt: skip
    grant_store.add_code(tx, code)
    return word


def exchange(tx: Connection, jwts: Jwts, asked: Mapping[str, str], now: datetime, sender: From) -> Issued | Refusal:
    """The token endpoint. The transaction must commit, whatever comes of it."""
    kind = asked.get("grant_type", "")
    if not kind:
        return Refusal("invalid_request", "grant_type is missing")
    if kind not in GRANTS:
        return Refusal("unsupported_grant_type", f"there are {', '.join(GRANTS)}")
    client = asked.get("client_id", "")
    if client not in CLIENTS:
        return Refusal("invalid_client", "client_id is missing or unknown")
    if kind == "authorization_code":
        return _by_code(tx, jwts, asked, now, sender)
    if kind == "refresh_token":
        issued = families.renew(tx, jwts, asked.get("refresh_token", ""), client, now, sender.address)
        return issued or Refusal("invalid_grant", "the refresh token is unknown, over, or was used before")
    return _by_device(tx, jwts, asked.get("device_code", ""), client, now, sender)


def _by_code(tx: Connection, jwts: Jwts, asked: Mapping[str, str], now: datetime, sender: From) -> Issued | Refusal:
    word, verifier = asked.get("code", ""), asked.get("code_verifier", "")
    if not drawn.is_sound(word, drawn.CODE):
        return Refusal("invalid_grant", "the code is unknown")
    code, first = grant_store.use_code(tx, fingerprint(word), now)
    if code is not None and not first:
        _end_copied(tx, code, now, sender)
    if code is None or not first or code.expires_at <= now:
        return Refusal("invalid_grant", "the code is unknown, over, or was used before")
    if code.client != asked["client_id"] or code.redirect != asked.get("redirect_uri"):
        return Refusal("invalid_grant", "the code belongs to another client_id or redirect_uri")
    if not is_verified(code.challenge, verifier):
        return Refusal("invalid_grant", "code_verifier does not fit the code_challenge")
    person = store.person(tx, code.person)
    if person is None or person.disabled_at is not None:
        return Refusal("invalid_grant", "the account is closed")
    from_ = {"how": "code", "agent": sender.agent, "address": sender.address}
    issued = families.open_family(tx, jwts, person, code.client, code.scopes, now, **from_)
    grant_store.note_family(tx, code.digest, issued.family.id)
    return issued


def _end_copied(tx: Connection, code: Code, now: datetime, sender: From) -> None:
    """A code that comes twice was copied on its way: what came of it ends (RFC 6749, 4.1.2)."""
    if code.family and grant_store.end_families(tx, code.person, only=code.family):
        detail = {"grant": code.family, "client": code.client}
        audit.note(tx, now, "code.reused", code.person, address=sender.address, detail=detail)


def is_verified(challenge: str, verifier: str) -> bool:
    """RFC 7636, 4.6."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(made, challenge)


def _by_device(
    tx: Connection, jwts: Jwts, word: str, client: str, now: datetime, sender: From
) -> Issued | Refusal:  # fmt: skip
    found = devices.poll(tx, word, client, now)
    match found:
        case "unknown":
            return Refusal("invalid_grant", "the device_code is unknown or was used before")
        case "expired":
            return Refusal("expired_token", "the device_code is over; begin anew")
        case "denied":
            return Refusal("access_denied", "the person said no")
        case "too soon":
            return Refusal("slow_down", "you ask too often; wait five seconds longer from now on")
        case "waiting":
            return Refusal("authorization_pending", "the person has not answered yet")
    person = store.person(tx, found.person or "")
    if person is None or person.disabled_at is not None:
        return Refusal("access_denied", "the account is closed")
    from_ = {"how": "device", "agent": sender.agent, "address": sender.address}
    return families.open_family(tx, jwts, person, found.client, found.scopes, now, **from_)

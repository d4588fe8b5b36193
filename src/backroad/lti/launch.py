"""A launch: begun at the platform, bound to a browser, believed once."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy import Connection

from backroad.identity import actions as identity
from backroad.identity import audit, foreign_store, sessions
from backroad.identity.foreign_model import Linked
from backroad.identity.model import LONGEST_NAME, Person
from backroad.identity.sessions import fingerprint
from backroad.kit.errors import Problem
from backroad.lti import store
from backroad.lti.calls import SCORE, Calls
from backroad.lti.messages import Refused, read
from backroad.lti.model import STATE_LIFE, Content, Link, Message, Platform, State
from backroad.lti.platforms import checked_url
from backroad.signing import actions as signing

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_ALGORITHMS = {"RSA": "RS256", "EC": "ES256"}


class OtherBrowser(Refused):
    """The cookie of the launch is missing, or is another launch's."""

    def __init__(self, *, missing: bool) -> None:
        super().__init__("it was begun in another browser, or this one keeps no cookies of Backroad")
        self.missing = missing


def begin(tx: Connection, asked: dict[str, str], base: str, browser: str, now: datetime) -> str:
    """Where the browser goes to show who it is: the platform's answer to the login that it initiated (1EdTech Security
    Framework 1.0, section 5.1). `browser` is the word in the browser's cookie."""
    found = store.of_issuer(tx, asked.get("iss", "")[:500], asked.get("client_id", "")[:200])
    if not found:
        raise Refused("the platform that sent you here is not registered (iss, client_id)")
    if len(found) > 1:
        raise Refused("the platform does not say which of its tools this is (client_id)")
    platform = found[0]
    deployment = asked.get("lti_deployment_id", "")
    if deployment and deployment not in platform.deployments:
        raise Refused("this deployment of the tool is not registered here (lti_deployment_id)")
    if not asked.get("login_hint"):
        raise Refused("the platform does not say who comes (login_hint)")
    target = urlsplit(asked.get("target_link_uri", ""))
    if f"{target.scheme}://{target.netloc}" != base:
        raise Refused("it is meant for another address (target_link_uri)")
    state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    store.sweep_states(tx, now)
    store.add_state(tx, State(fingerprint(state), platform.id, nonce, fingerprint(browser), now + STATE_LIFE))
    query = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": f"{base}/lti/launch",
        "login_hint": asked["login_hint"][:2000],
        "state": state,
        "nonce": nonce,
    }
    if hint := asked.get("lti_message_hint", ""):
        query["lti_message_hint"] = hint[:4000]
    return f"{platform.login_url}{'&' if '?' in platform.login_url else '?'}{urlencode(query)}"


def waiting(tx: Connection, state: str, browser: str, now: datetime) -> tuple[State, Platform]:
    """The launch that this browser began. It is not used up by looking."""
    known = store.state(tx, fingerprint(state)) if state else None
    if known is None or known.expires_at <= now:
        raise Refused("it was not begun here, or was used, or took too long (state)")
    if not hmac.compare_digest(known.browser, fingerprint(browser)):
        raise OtherBrowser(missing=not browser)
    platform = store.platform(tx, known.platform)
    assert platform is not None  # its launches go with it
    return known, platform


def read_token(token: str, known: State, platform: Platform, calls: Calls, now: datetime) -> Message:
    """Asks the platform for its keys where need be, so this is no work for a transaction. Raises Refused."""
    try:
        header, _ = signing.looked_into(token)
    except signing.Unreadable as error:
        raise Refused(f"its token cannot be read: {error}") from None
    algorithm = header.get("alg")
    if algorithm not in _ALGORITHMS.values():
        raise Refused("it is not signed in a way that is trusted (alg)")
    kid = header.get("kid")
    key = calls.key(platform, kid) if isinstance(kid, str) and kid else None
    if key is None:
        raise Refused("its key is not one that the platform publishes (kid)")
    if _ALGORITHMS[str(key["kty"])] != algorithm:
        raise Refused("it is signed in another way than its key is for (alg)")
    try:
        claims = signing.check_signature(token, key, algorithm)
    except signing.BadSignature:
        raise Refused("its signature does not fit") from None
    return read(claims, platform, known.nonce, now)


def use_up(tx: Connection, known: State) -> None:
    """A launch counts once. Raises Refused for the second."""
    if not store.take_state(tx, known.id):
        raise Refused("it was used already (state)")


def arrive(
    tx: Connection, message: Message, platform: Platform, content: Content | None, now: datetime, *, agent: str,
    address: str,
) -> str:  # fmt: skip
    """Sign the person in and remember from where they came; the token of their session."""
    person = person_of(tx, message, platform, now, address)
    if content is not None:
        _remember(tx, message, person, content, now)
    return sessions.open_session(tx, person, now, agent=agent, address=address, how="lti")


def person_of(tx: Connection, message: Message, platform: Platform, now: datetime, address: str) -> Person:
    """Known by issuer and subject alone: an email that a platform tells proves nothing here. Whoever is new gets an
    account of a learner, whatever they are over there."""
    issuer = platform.foreign_issuer
    linked = foreign_store.linked(tx, issuer, message.subject)
    label = (message.name or message.subject)[:254]
    if linked is not None:
        person = identity.get(tx, linked.person)
        if person.disabled_at is not None:
            raise Problem("This account is closed.", "Ask whoever runs this server.", status=403)
        foreign_store.touch(tx, issuer, message.subject, label, now)
        return person
    plain = " ".join("".join(letter for letter in message.name if letter.isprintable()).split())
    person = identity.add(tx, email="", name=plain[:LONGEST_NAME].strip() or "New learner", now=now)
    foreign_store.add(tx, Linked(issuer, message.subject, person.id, "lti", label, now, now))
    detail = {"provider": "lti", "issuer": platform.issuer, "label": label}
    audit.note(tx, now, "identity.linked", person.id, actor=person.id, address=address, detail=detail)
    return person


def _remember(tx: Connection, message: Message, person: Person, content: Content, now: datetime) -> None:
    """Where the grade goes. A place that asks for something else, or elsewhere, is told anew."""
    parts = (message.platform, message.deployment, message.resource, message.subject)
    number = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    known, line = store.link(tx, number), _line(message.grades)
    same = known is not None and (known.line, known.content, known.counted) == (line, content.name, content.counted)
    kept = known if same else None
    store.put_link(
        tx,
        Link(
            id=number,
            platform=message.platform,
            deployment=message.deployment,
            resource=message.resource,
            person=person.id,
            subject=message.subject,
            content=content.name,
            counted=content.counted,
            line=line,
            created_at=known.created_at if known else now,
            checked_at=NEVER,
            sent_at=kept.sent_at if kept else None,
            score=kept.score if kept else -1.0,
        ),
    )


def _line(grades: dict[str, Any]) -> str:
    """Address of the line item, where this link has one and we may write scores to it."""
    line, scopes = grades.get("lineitem"), grades.get("scope")
    if not isinstance(line, str) or not isinstance(scopes, list) or SCORE not in scopes:
        return ""
    return checked_url(line, "The line item of this link")

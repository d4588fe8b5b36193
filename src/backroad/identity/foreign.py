"""Signing in by somebody else's word: an OpenID provider's, or GitHub's.

A person is known again by issuer and subject, and by nothing else: an email there says nothing about an account here.
Where the emails are the same, the person is asked to sign in as they always have, and then says whether to link them.
"""

import hmac
import secrets
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from backroad.identity import actions, audit, foreign_store, store
from backroad.identity.foreign_model import ERRAND_LIFE, Claimed, Errand, Known, Linked
from backroad.identity.model import LONGEST_EMAIL, LONGEST_NAME, Person
from backroad.identity.sessions import fingerprint
from backroad.kit.errors import NotFound, Problem
from backroad.settings import Provider


class Lost(Problem):
    """The errand is not this browser's, or is over."""

    def __init__(self) -> None:
        super().__init__("This sign-in was not begun in this browser, or was used, or took too long.", "Start again.")


def begin(
    tx: Connection, provider: Provider, onward: str, now: datetime, *, person: str | None = None, may_join: bool = False
) -> tuple[str, Errand]:
    """What the browser's cookie holds, and the errand."""
    word = secrets.token_urlsafe(32)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    errand = Errand(
        fingerprint(word), provider.name, state, nonce, verifier, onward, person, now + ERRAND_LIFE, may_join
    )
    foreign_store.sweep_errands(tx, now)
    foreign_store.add_errand(tx, errand)
    return word, errand


def take(tx: Connection, word: str, provider: str, state: str, now: datetime) -> Errand | None:
    """The errand of a browser that comes back, or None where it is another's or over. It is used up, whatever comes of
    it: that must be committed, so this raises nothing."""
    errand = foreign_store.errand(tx, fingerprint(word)) if word else None
    if errand is None or not foreign_store.remove_errand(tx, errand.digest):
        return None
    same = hmac.compare_digest(errand.state.encode(), state.encode())
    fits = errand.provider == provider and errand.claimed is None and same
    return errand if fits and errand.expires_at > now else None


def arrive(
    tx: Connection, errand: Errand, claimed: Claimed, current: str, now: datetime, address: str
) -> Person | Known:
    """Who has come: the person, new where need be, or that an account with this email waits to be linked.

    `current` is the id of who is signed in in this browser; whoever links must still be.
    """
    linked = foreign_store.linked(tx, claimed.issuer, claimed.subject)
    if errand.person is not None:
        if errand.person != current:
            raise Lost
        person = actions.get(tx, current)
        if linked is None:
            _link(tx, person, errand.provider, claimed, now, address)
        elif linked.person != person.id:
            raise Problem("This account there is linked with another account here.", status=409)
        return person
    if linked is not None:
        person = actions.get(tx, linked.person)
        if person.disabled_at is not None:
            raise Problem("This account is closed.", "Ask whoever runs this server.", status=403)
        foreign_store.touch(tx, claimed.issuer, claimed.subject, claimed.label, now)
        return person
    email = _email(claimed)
    if email and store.by_email(tx, email) is not None:
        return Known(email)
    if not errand.may_join:
        raise Problem("Accounts here are made by invitation.", "Ask whoever runs this server for one.", status=403)
    name = _name(claimed)
    person = actions.add(tx, email=email, name=name, now=now, verified=bool(email))
    _link(tx, person, errand.provider, claimed, now, address)
    return person


def _email(claimed: Claimed) -> str:
    """What is no email to us is none: an account is made without."""
    try:
        return actions.checked_email(claimed.email)
    except Problem:
        return ""


def _name(claimed: Claimed) -> str:
    """As they are called there, or by what comes nearest; people can change it."""
    for text in (claimed.name, claimed.label.partition("@")[0]):
        plain = " ".join("".join(letter for letter in text if letter.isprintable()).split())[:LONGEST_NAME].strip()
        if plain:
            return plain
    return "New learner"


def _link(tx: Connection, person: Person, provider: str, claimed: Claimed, now: datetime, address: str = "") -> None:
    label = claimed.label[:LONGEST_EMAIL]
    foreign_store.add(tx, Linked(claimed.issuer, claimed.subject, person.id, provider, label, now, now))
    detail = {"provider": provider, "issuer": claimed.issuer, "label": label}
    audit.note(tx, now, "identity.linked", person.id, actor=person.id, address=address, detail=detail)


def keep_for_later(tx: Connection, errand: Errand, claimed: Claimed, now: datetime) -> str:
    """What the cookie holds while the person signs in as they always have."""
    word = secrets.token_urlsafe(32)
    kept = msgspec.structs.replace(errand, digest=fingerprint(word), claimed=claimed, expires_at=now + ERRAND_LIFE)
    foreign_store.add_errand(tx, kept)
    return word


def waiting(tx: Connection, word: str, now: datetime) -> Errand | None:
    """What this browser may link."""
    errand = foreign_store.errand(tx, fingerprint(word)) if word else None
    return errand if errand and errand.claimed and errand.expires_at > now else None


def link_waiting(tx: Connection, person: Person, word: str, now: datetime, address: str) -> Claimed:
    """Link what waits in this browser with the account of who has signed in meanwhile."""
    errand = waiting(tx, word, now)
    if errand is None or errand.claimed is None or not foreign_store.remove_errand(tx, errand.digest):
        raise Lost
    linked = foreign_store.linked(tx, errand.claimed.issuer, errand.claimed.subject)
    if linked is not None and linked.person != person.id:
        raise Problem("This account there is linked with another account here.", status=409)
    if linked is None:
        _link(tx, person, errand.provider, errand.claimed, now, address)
    return errand.claimed


def unlink(tx: Connection, person: Person, issuer: str, subject: str, now: datetime, usable: tuple[str, ...]) -> None:
    """`usable` are the issuers that one can sign in with here; the last way in stays."""
    foreign_store.lock_person(tx, person.id)
    mine = foreign_store.of_person(tx, person.id)
    gone = next((one for one in mine if (one.issuer, one.subject) == (issuer, subject)), None)
    if gone is None:
        raise NotFound("You have linked no such account.")
    others = [one for one in mine if one is not gone and one.issuer in usable]
    if not person.has_password and not others:
        raise Problem("This is the last way into your account.", "Set a password first.", status=409)
    foreign_store.remove(tx, issuer, subject)
    detail = {"provider": gone.provider, "issuer": issuer, "label": gone.label}
    audit.note(tx, now, "identity.unlinked", person.id, actor=person.id, detail=detail)

"""Grants and their refresh tokens, each of which works once (RFC 9700, 4.14.2).

A refresh token that comes back a second time was copied: the thief or the owner has used it before. Nobody can tell
which, so the whole grant ends and the person signs in again. There is no time of grace: within it a thief could use
what the owner has just used, and nobody would notice. A client that several processes share takes a lock instead.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from backroad.identity import audit, drawn, grant_store
from backroad.identity.grants import FAMILY_LIFE, Family, Issued, Scope
from backroad.identity.jwts import Jwts
from backroad.identity.model import Person
from backroad.identity.sessions import fingerprint
from backroad.kit.errors import NotFound
from backroad.kit.ids import new_id


def open_family(
    tx: Connection,
    jwts: Jwts,
    person: Person,
    client: str,
    scopes: Sequence[Scope],
    now: datetime,
    *,
    how: str,
    agent: str = "",
    address: str = "",
) -> Issued:
    """A new grant, and its first tokens."""
    life = now + FAMILY_LIFE
    family = Family(new_id(), person.id, client, tuple(scopes), now, now, life, agent=agent[:200], address=address[:45])
    grant_store.sweep(tx, now)
    grant_store.add_family(tx, family)
    detail = {"grant": family.id, "client": client, "scopes": list(scopes), "how": how}
    audit.note(tx, now, "grant.made", person.id, actor=person.id, address=address, detail=detail)
    return _issued(tx, jwts, family, now)


def _issued(tx: Connection, jwts: Jwts, family: Family, now: datetime) -> Issued:
    refresh = drawn.draw(drawn.REFRESH)
    grant_store.add_refresh(tx, fingerprint(refresh), family.id, now)
    return Issued(jwts.make(tx, family, now), refresh, family)


def renew(tx: Connection, jwts: Jwts, refresh: str, client: str, now: datetime, address: str = "") -> Issued | None:
    """New tokens for a refresh token, or None where it is worth nothing; then it may have ended its grant.

    It must be called in a transaction that commits: a None that is rolled back ends nothing.
    """
    if not drawn.is_sound(refresh, drawn.REFRESH):
        return None
    digest = fingerprint(refresh)
    family_id = grant_store.family_of_refresh(tx, digest)
    if not family_id or not grant_store.lock_family(tx, family_id):
        return None
    found = grant_store.family_and_person(tx, family_id, now)
    if found is None or found[1].disabled_at is not None:
        return None
    family, person = found
    if family.client != client or not grant_store.use_refresh(tx, digest, now):
        grant_store.end_families(tx, person.id, only=family.id)
        why = "another client" if family.client != client else "used twice"
        detail = {"grant": family.id, "client": family.client, "why": why}
        audit.note(tx, now, "refresh.reused", person.id, address=address, detail=detail)
        return None
    grant_store.touch_family(tx, family.id, seen_at=now, expires_at=now + FAMILY_LIFE)
    return _issued(tx, jwts, family, now)


def end(tx: Connection, person_id: str, family_id: str, now: datetime) -> None:
    """The grant of a program; its tokens are worth nothing from then on."""
    if not family_id or grant_store.end_families(tx, person_id, only=family_id) == 0:
        raise NotFound("No such program of yours is let in.")
    audit.note(tx, now, "grant.ended", person_id, actor=person_id, detail={"grant": family_id})


def revoke(tx: Connection, text: str, now: datetime) -> None:
    """End what a refresh token belongs to (RFC 7009); an unknown one is no error, it is over already."""
    if not drawn.is_sound(text, drawn.REFRESH):
        return
    family_id = grant_store.family_of_refresh(tx, fingerprint(text))
    found = grant_store.family_and_person(tx, family_id, now) if family_id else None
    if found is not None:
        end(tx, found[1].id, family_id, now)


def end_all(tx: Connection, person_id: str) -> None:
    """Everything that programs of a person hold: after a reset, or when an account is closed."""
    grant_store.end_families(tx, person_id)
    grant_store.remove_tokens(tx, person_id)

"""Sessions: opened at sign-in, found again by a cookie, ended by the person or by time."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection

from backroad.identity import audit, store
from backroad.identity.model import SESSION_LIFE, Access, Person, Session

SEEN_EVERY = timedelta(minutes=5)
"""A session's row is written at most so often, so that reading a page is not also a write."""


def fingerprint(token: str) -> str:
    """What is kept of a token: who reads the database cannot use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(tx: Connection, person: Person, now: datetime, *, agent: str, address: str, how: str) -> str:
    """The token for the cookie. A sign-in makes a new session, so that one that was planted is worth nothing (OWASP,
    session fixation)."""
    token = secrets.token_urlsafe(32)
    session = Session(
        fingerprint(token), person.id, now, now, now + SESSION_LIFE, now, agent=agent[:200], address=address[:45]
    )
    store.sweep_sessions(tx, now)
    store.add_session(tx, session)
    audit.note(tx, now, "session.opened", person.id, actor=person.id, address=address, detail={"how": how})
    return token


def access_of(tx: Connection, token: str, now: datetime) -> Access | None:
    found = store.session_and_person(tx, fingerprint(token), now)
    if found is None or found[1].disabled_at is not None:
        return None
    session, person = found
    if now - session.seen_at >= SEEN_EVERY:
        store.touch_session(tx, session.id, seen_at=now, expires_at=now + SESSION_LIFE)
    return Access(person, "session", session=session.id, proved_at=session.proved_at)


def end_session(tx: Connection, person_id: str, session_id: str, now: datetime) -> bool:
    """Whether it was there, and theirs."""
    ended = session_id.isascii() and session_id.isalnum() and store.end_sessions(tx, person_id, only=session_id) == 1
    if ended:
        audit.note(tx, now, "session.ended", person_id, actor=person_id)
    return ended


def end_others(tx: Connection, access: Access, now: datetime) -> int:
    """All of the person's but this one; how many there were."""
    ended = store.end_sessions(tx, access.person.id, but=access.session)
    if ended:
        audit.note(tx, now, "sessions.ended", access.person.id, actor=access.person.id, detail={"count": ended})
    return ended

"""Coming in: every rule about accounts and signing in."""

import asyncio
import re
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from backroad.identity import audit, brake, passwords, sessions, store
from backroad.identity.model import LONGEST_EMAIL, LONGEST_NAME, PROOF_LIFE, Access, Person, Role
from backroad.kit.db import Database
from backroad.kit.errors import NotFound, Problem
from backroad.kit.ids import new_id
from backroad.kit.limits import Limits

_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\.]+(\.[^\s@<>()\[\],;:\"\\.]+)*")


class WrongPassword(Problem):
    """Says neither whether the address is known nor which of the two was wrong."""

    def __init__(self) -> None:
        super().__init__("This email and password do not belong together.", "Try again, or reset it.", status=401)


def checked_email(text: str) -> str:
    email = text.strip()
    if len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email) or not email.isprintable():
        raise Problem("This is not an email address.", "Write it as name@example.org.")
    return email


def checked_name(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Problem(f"A name has 1 to {LONGEST_NAME} characters, and no control characters.")
    return name


def get(tx: Connection, person_id: str) -> Person:
    found = store.person(tx, person_id) if person_id.isascii() and person_id.isalnum() else None
    if found is None:
        raise NotFound("There is no such person.")
    return found


def add(
    tx: Connection,
    *,
    email: str,
    name: str,
    now: datetime,
    password: str = "",
    role: Role = "learner",
    verified: bool = False,
    actor: str = "",
) -> Person:
    """A new account; `password` as `passwords.hashed` made it. The email must not be anybody's; empty where another
    site told us of the person."""
    email = checked_email(email) if email else ""
    if email and store.by_email(tx, email) is not None:
        raise Problem("There is already an account with this email.", status=409)
    person = Person(new_id(), email, checked_name(name), role, now, now if verified else None)
    store.add_person(tx, person, password)
    audit.note(tx, now, "person.added", person.id, actor=actor or person.id, detail={"role": role})
    return person


async def check_password(db: Database, email: str, password: str, now: datetime, address: str) -> Person:
    """Whose it is. It takes equally long whether or not there is such an account (OWASP, user enumeration)."""

    def look(tx: Connection) -> tuple[Person | None, str]:
        found = store.by_email(tx, email[:LONGEST_EMAIL])
        return found, store.password_of(tx, found.id) if found else ""

    person, kept = await db.run(look)
    good = await asyncio.to_thread(passwords.matches, kept, password)
    if person is None or not good:
        if person is not None:
            known = person
            await db.run(lambda tx: audit.note(tx, now, "password.wrong", known.id, address=address))
        raise WrongPassword
    if person.disabled_at is not None:
        raise Problem("This account is closed.", "Ask whoever runs this server.", status=403)
    if passwords.is_outdated(kept):
        fresh = await asyncio.to_thread(passwords.hashed, password)
        await db.run(lambda tx: store.change_person(tx, person.id, password=fresh))
    return person


class NeedsCode(msgspec.Struct, frozen=True):
    """The password was right, and the second step is to come. `kept` says for which password."""

    person: str
    kept: str


async def sign_in(
    db: Database, limits: Limits, email: str, password: str, now: datetime, *, agent: str, address: str
) -> str | NeedsCode:
    """The token of a new session, or what the second step needs to know. Raises WrongPassword and TooMany."""
    account = store.fold_email(email[:LONGEST_EMAIL])
    await brake.before_password(limits, account, address)
    person = await check_password(db, email, password, now, address)
    await brake.after_right_password(limits, account, address)

    def begin(tx: Connection) -> str | NeedsCode:
        if person.has_totp:
            return NeedsCode(person.id, sessions.fingerprint(store.password_of(tx, person.id)))
        return sessions.open_session(tx, person, now, agent=agent, address=address, how="password")

    return await db.run(begin)


async def prove_again(db: Database, limits: Limits, access: Access, password: str, now: datetime, address: str) -> None:
    """The person at the keyboard is still the one who signed in: the session counts as fresh for a while."""
    account = access.person.id
    await brake.before_password(limits, account, address)
    kept = await db.run(lambda tx: store.password_of(tx, account))
    if not await asyncio.to_thread(passwords.matches, kept, password):
        await db.run(lambda tx: audit.note(tx, now, "password.wrong", account, actor=account, address=address))
        raise Problem("This is not your password.", "Try again, or reset it.", status=403)
    await brake.after_right_password(limits, account, address)
    await db.run(lambda tx: store.touch_session(tx, access.session, proved_at=now))


async def check_owner(db: Database, limits: Limits, access: Access, password: str, now: datetime, address: str) -> None:
    """Asks for the password, however long ago it was given; of people without one, for a fresh session."""
    if access.person.has_password:
        await prove_again(db, limits, access, password, now, address)
    elif access.proved_at is None or now - access.proved_at > PROOF_LIFE:
        raise Problem("You signed in too long ago for this.", "Sign out, and in again.", status=403)


def rename(tx: Connection, person: Person, name: str) -> Person:
    store.change_person(tx, person.id, name=checked_name(name))
    return get(tx, person.id)

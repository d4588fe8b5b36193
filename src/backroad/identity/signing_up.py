"""How accounts come to be, and how their address is shown to be theirs.

Nothing here tells a stranger whether an address is known: both cases give the same answer, and a letter.
"""

import asyncio
from datetime import datetime

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from backroad.identity import actions, audit, letters, mailed, passwords, sealing, sessions, store
from backroad.identity.letters import Letter
from backroad.identity.model import Person, Role
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.settings import Settings

_PASS = "sign-up pass"
PASS_SECONDS = 3600


class _Pass(msgspec.Struct, frozen=True):
    """That somebody was invited by a link that is not theirs alone, such as a cohort's."""

    why: str


def write_pass(settings: Settings, why: str, now: datetime) -> str:
    """With it, one can sign up for an hour although `signup` is `invited`: for `/sign-up?pass=…`."""
    return sealing.seal(settings.secret_key, _PASS, _Pass(why), now)


def may_sign_up(settings: Settings, given: str, now: datetime) -> bool:
    if settings.signup == "open":
        return True
    return sealing.unseal(settings.secret_key, _PASS, given, _Pass, now=now, seconds=PASS_SECONDS) is not None


class ByInvitation(Problem):
    def __init__(self) -> None:
        super().__init__("Accounts here are made by invitation.", "Ask whoever runs this server for one.", status=403)


async def sign_up(
    db: Database, settings: Settings, *, email: str, name: str, password: str, given: str, now: datetime, address: str
) -> list[Letter]:
    """A new account, unless there is one with this email. Raises a Problem about what was typed, and nothing else."""
    if not may_sign_up(settings, given, now):
        raise ByInvitation
    email, name = actions.checked_email(email), actions.checked_name(name)
    passwords.check_strength(password, email, name)
    kept = await asyncio.to_thread(passwords.hashed, password)  # also where it is not needed: it takes long

    def make(tx: Connection) -> list[Letter]:
        known = store.by_email(tx, email)
        if known is not None:
            audit.note(tx, now, "sign-up.again", known.id, address=address)
            return [letters.known_already(settings.public_url, known.email)]
        person = actions.add(tx, email=email, name=name, now=now, password=kept)
        return verification(tx, settings, person, now)

    try:
        return await db.run(make)
    except IntegrityError:  # the same address came twice at the same moment; now it is there
        return await db.run(make)


def verification(tx: Connection, settings: Settings, person: Person, now: datetime) -> list[Letter]:
    """None when the address is confirmed, or was sent as many links as it gets."""
    if person.verified_at is not None or not person.email:
        return []
    token = mailed.issue(tx, person.id, "verify", person.email, now)
    return [letters.verify(settings.public_url, person.email, token)] if token else []


def verify(tx: Connection, token: str, now: datetime) -> Person:
    found = mailed.take(tx, token, "verify", now)
    person = actions.get(tx, found.person)
    if store.fold_email(person.email) != store.fold_email(found.email):
        raise mailed.Spent
    store.change_person(tx, person.id, verified_at=now)
    audit.note(tx, now, "email.verified", person.id, actor=person.id)
    return actions.get(tx, person.id)


def ask_for_new_email(tx: Connection, settings: Settings, person: Person, email: str, now: datetime) -> list[Letter]:
    """The new address is asked, the old one is told. Whether the new one is somebody else's is not said here."""
    email = actions.checked_email(email)
    if store.fold_email(email) == store.fold_email(person.email):
        raise Problem("This is your address already.")
    audit.note(tx, now, "email.asked", person.id, actor=person.id)
    told = [letters.notice(settings.public_url, person.email, "email asked")] if person.email else []
    if store.by_email(tx, email) is not None:
        return [*told, letters.known_already(settings.public_url, email)]
    token = mailed.issue(tx, person.id, "email", email, now)
    if token is None:
        raise Problem("You have asked for too many links.", "Use one of those in your mail, or wait.", status=429)
    return [*told, letters.new_address(settings.public_url, email, token)]


def take_new_email(tx: Connection, settings: Settings, token: str, now: datetime) -> tuple[Person, list[Letter]]:
    found = mailed.take(tx, token, "email", now)
    person = actions.get(tx, found.person)
    if store.by_email(tx, found.email) is not None:  # it became somebody's meanwhile
        raise mailed.Spent
    store.change_person(tx, person.id, email=found.email, verified_at=now)
    mailed.forget(tx, person.id)  # links that went to the old address
    audit.note(tx, now, "email.changed", person.id, actor=person.id)
    told = [letters.notice(settings.public_url, person.email, "email")] if person.email else []
    return actions.get(tx, person.id), told


def invite(
    tx: Connection, settings: Settings, *, email: str, role: Role, now: datetime, actor: str
) -> tuple[Person, list[Letter]]:
    """An account without a password, and the link by which its owner chooses one. Raises a Problem where there is an
    account already, unless it waits for just that."""
    email = actions.checked_email(email)
    person = store.by_email(tx, email)
    if person is None:
        person = actions.add(tx, email=email, name=email.partition("@")[0][:80], now=now, role=role, actor=actor)
    elif person.verified_at is not None or person.has_password:
        raise Problem("There is already an account with this email.", status=409)
    token = mailed.issue(tx, person.id, "invite", email, now)
    if token is None:
        raise Problem("This person was sent as many links as they get.", "Wait until one has ended.", status=429)
    audit.note(tx, now, "person.invited", person.id, actor=actor)
    return person, [letters.invitation(settings.public_url, email, token)]


async def accept(db: Database, token: str, *, name: str, password: str, now: datetime, agent: str, address: str) -> str:
    """The token of a first session: whoever has the link has the mailbox."""
    found = await db.run(lambda tx: mailed.look(tx, token, "invite", now))
    name = actions.checked_name(name)
    passwords.check_strength(password, found.email, name)
    kept = await asyncio.to_thread(passwords.hashed, password)

    def begin(tx: Connection) -> str:
        person = actions.get(tx, mailed.take(tx, token, "invite", now).person)
        if person.disabled_at is not None or store.fold_email(person.email) != store.fold_email(found.email):
            raise mailed.Spent
        store.change_person(tx, person.id, name=name, password=kept, verified_at=now)
        audit.note(tx, now, "email.verified", person.id, actor=person.id, address=address)
        return sessions.open_session(tx, person, now, agent=agent, address=address, how="invitation")

    return await db.run(begin)

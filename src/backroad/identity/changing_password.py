"""A new password: by somebody who knows the old one, or by whoever reads the account's mail."""

import asyncio
from datetime import datetime

from sqlalchemy import Connection

from backroad.identity import actions, audit, families, foreign_store, letters, mailed, passwords, store
from backroad.identity.letters import Letter
from backroad.identity.model import LONGEST_EMAIL, Access, Person
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.limits import Limits
from backroad.settings import Settings


def ask_for_reset(tx: Connection, settings: Settings, email: str, now: datetime, address: str) -> list[Letter]:
    """Nothing for an address that has no account. It is called after the answer, so that nobody can measure it."""
    person = store.by_email(tx, email[:LONGEST_EMAIL])
    if person is None or person.disabled_at is not None:
        return []
    token = mailed.issue(tx, person.id, "reset", person.email, now)
    if token is None:
        return []
    audit.note(tx, now, "password.asked", person.id, address=address)
    return [letters.reset(settings.public_url, person.email, token)]


async def reset(
    db: Database, settings: Settings, token: str, password: str, now: datetime, address: str
) -> tuple[Person, list[Letter]]:
    """Ends every session: whoever took the account over is out. The letter shows that the address is the account's;
    where nobody had shown that yet, a second step or another way in was not set up by its owner, and goes."""
    found = await db.run(lambda tx: mailed.look(tx, token, "reset", now))
    person = await db.run(lambda tx: actions.get(tx, found.person))
    passwords.check_strength(password, person.email, person.name)
    kept = await asyncio.to_thread(passwords.hashed, password)

    def change(tx: Connection) -> Person:
        taken = mailed.take(tx, token, "reset", now)
        person = actions.get(tx, taken.person)
        if person.disabled_at is not None or store.fold_email(person.email) != store.fold_email(taken.email):
            raise mailed.Spent
        changes: dict[str, object] = {"password": kept}
        if person.verified_at is None:
            changes |= {"verified_at": now, "totp": "", "recovery": []}
            foreign_store.remove_all(tx, person.id)
        store.change_person(tx, person.id, **changes)
        store.end_sessions(tx, person.id)
        families.end_all(tx, person.id)
        mailed.forget(tx, person.id)
        audit.note(tx, now, "password.reset", person.id, address=address)
        return actions.get(tx, person.id)

    person = await db.run(change)
    return person, [letters.notice(settings.public_url, person.email, "password")]


async def change(
    db: Database, settings: Settings, limits: Limits, access: Access, *, old: str, new: str, now: datetime, address: str
) -> list[Letter]:
    """Ends all other sessions. Somebody who came from another site has no old one."""
    person = access.person
    await actions.check_owner(db, limits, access, old, now, address)
    passwords.check_strength(new, person.email, person.name)
    if person.has_password and old == new:
        raise Problem("The new password is the old one.", "Choose another one.")
    kept = await asyncio.to_thread(passwords.hashed, new)

    def keep(tx: Connection) -> None:
        store.change_person(tx, person.id, password=kept)
        store.end_sessions(tx, person.id, but=access.session)
        mailed.forget(tx, person.id, "reset")
        audit.note(tx, now, "password.changed", person.id, actor=person.id, address=address)

    await db.run(keep)
    return [letters.notice(settings.public_url, person.email, "password")] if person.email else []

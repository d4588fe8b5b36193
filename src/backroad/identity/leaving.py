"""Deleting an account, with all that its person did. What remains is that an account with this id was deleted."""

from datetime import datetime

from sqlalchemy import Connection, Table, delete, update

from backroad.identity import actions, audit, letters, people, store
from backroad.identity.letters import Letter
from backroad.identity.model import Access
from backroad.kit.db import Database, metadata
from backroad.kit.limits import Limits
from backroad.settings import Settings

WHOSE = ("learner", "person")
"""Columns by which a table says whose its rows are. What hangs on such a row, as events on a run, goes with it."""

BY = ("actor", "author", "created_by")
"""Columns that say who did something which others still need: it stays, done by nobody any more."""


def delete_account(tx: Connection, settings: Settings, person_id: str, now: datetime, *, actor: str) -> list[Letter]:
    """Raises a Problem for the only admin."""
    person = actions.get(tx, person_id)
    if person.role == "admin":
        people.keep_an_admin(tx, person)
    for table in reversed(metadata.sorted_tables):
        _delete_rows(tx, table, person_id)
    tx.execute(delete(audit.audit_table).where(audit.audit_table.c.subject == person_id))
    store.remove_person(tx, person_id)
    audit.note(tx, now, "person.deleted", person_id, actor="" if actor == person_id else actor)
    return [letters.notice(settings.public_url, person.email, "deleted")] if person.email else []


async def leave(
    db: Database, settings: Settings, limits: Limits, access: Access, password: str, now: datetime, address: str
) -> list[Letter]:
    """One's own account. Who has no password, because they come from another site, must have come just now."""
    await actions.check_owner(db, limits, access, password, now, address)
    person_id = access.person.id
    return await db.run(lambda tx: delete_account(tx, settings, person_id, now, actor=person_id))


def _delete_rows(tx: Connection, table: Table, person_id: str) -> None:
    if table.name == "learner":
        tx.execute(delete(table).where(table.c.id == person_id))
        return
    for name in WHOSE:
        if name in table.c:
            tx.execute(delete(table).where(table.c[name] == person_id))
    for name in BY:
        if name in table.c:
            tx.execute(update(table).where(table.c[name] == person_id).values({name: ""}))

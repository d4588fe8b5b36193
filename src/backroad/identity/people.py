"""What an admin may do with other people's accounts."""

from datetime import datetime
from typing import get_args

from sqlalchemy import Connection

from backroad.identity import actions, audit, families, mailed, store
from backroad.identity.model import Person, Role
from backroad.kit.errors import Problem

LONGEST_SEARCH = 100


def search(
    tx: Connection, limit: int, *, words: str = "", role: str = "", before: tuple[datetime, str] | None = None
) -> list[Person]:
    """Newest first; `words` stand in the email or the name."""
    if role and role not in get_args(Role):
        raise Problem(f"There is no role {role[:20]!r}.", f"Choose one of: {', '.join(get_args(Role))}.")
    printable = "".join(filter(str.isprintable, words)).strip()
    return store.people(tx, limit, words=printable[:LONGEST_SEARCH], role=role, before=before)


def give_role(tx: Connection, person_id: str, role: Role, now: datetime, actor: str) -> Person:
    person = actions.get(tx, person_id)
    if person.role == role:
        return person
    if person.role == "admin":
        keep_an_admin(tx, person)
    store.change_person(tx, person.id, role=role)
    audit.note(tx, now, "role.changed", person.id, actor=actor, detail={"from": person.role, "to": role})
    return actions.get(tx, person.id)


def close(tx: Connection, person_id: str, now: datetime, actor: str) -> Person:
    """The account stays, with all it holds; nobody comes in with it, and who is in is out."""
    person = actions.get(tx, person_id)
    if person.disabled_at is not None:
        return person
    if person.role == "admin":
        keep_an_admin(tx, person)
    store.change_person(tx, person.id, disabled_at=now)
    store.end_sessions(tx, person.id)
    families.end_all(tx, person.id)
    mailed.forget(tx, person.id)
    audit.note(tx, now, "person.closed", person.id, actor=actor)
    return actions.get(tx, person.id)


def reopen(tx: Connection, person_id: str, now: datetime, actor: str) -> Person:
    person = actions.get(tx, person_id)
    if person.disabled_at is not None:
        store.change_person(tx, person.id, disabled_at=None)
        audit.note(tx, now, "person.reopened", person.id, actor=actor)
    return actions.get(tx, person.id)


def end_all_sessions(tx: Connection, person_id: str, now: datetime, actor: str) -> int:
    actions.get(tx, person_id)
    ended = store.end_sessions(tx, person_id)
    families.end_all(tx, person_id)
    audit.note(tx, now, "sessions.ended", person_id, actor=actor, detail={"count": ended})
    return ended


def keep_an_admin(tx: Connection, person: Person) -> None:
    """Raises a Problem when nobody else could run the server."""
    if person.disabled_at is None and not store.other_admins(tx, person.id):
        raise Problem("This is the only admin.", "Make somebody else an admin first.", status=409)

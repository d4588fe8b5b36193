"""The audit log: who did what to whose account, and when. It is only ever added to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import JSON, Column, Connection, Index, String, Table, and_, insert, or_, select

from backroad.kit.db import UtcDateTime, metadata
from backroad.kit.ids import new_id

audit_table = Table(
    "audit",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(40), nullable=False),  # empty: nobody signed in
    Column("subject", String(40), nullable=False),
    Column("action", String(40), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("address", String(45), nullable=False),
    Index("ix_audit_subject", "subject", "at"),
    Index("ix_audit_at", "at"),
)
a = audit_table.c


class Entry(msgspec.Struct, frozen=True):
    id: str
    at: datetime
    actor: str
    subject: str
    action: str
    """Two words with a dot between: `session.opened`, `role.changed`."""
    detail: dict[str, Any]
    address: str


def note(
    tx: Connection,
    now: datetime,
    action: str,
    subject: str,
    *,
    actor: str = "",
    address: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    row = {"id": new_id(), "at": now, "actor": actor, "subject": subject, "action": action}
    tx.execute(insert(audit_table).values(**row, address=address[:45], detail=dict(detail or {})))


def newest(
    tx: Connection,
    limit: int,
    *,
    subject: str | None = None,
    whose: str = "",
    action: str = "",
    before: tuple[datetime, str] | None = None,
) -> list[Entry]:
    """`whose`: what a person did or what was done to them; `action`: a whole one, or the word before its dot."""
    found = select(audit_table).order_by(a.at.desc(), a.id.desc()).limit(limit)
    if subject is not None:
        found = found.where(a.subject == subject)
    if whose:
        found = found.where(or_(a.subject == whose, a.actor == whose))
    if action:
        found = found.where(or_(a.action == action, a.action.startswith(f"{action}.", autoescape=True)))
    if before is not None:
        found = found.where(or_(a.at < before[0], and_(a.at == before[0], a.id < before[1])))
    return [Entry(**row) for row in tx.execute(found).mappings()]


_SAID = {
    "person.added": "The account was made",
    "person.invited": "An invitation was sent",
    "person.closed": "The account was closed",
    "person.reopened": "The account was opened again",
    "person.deleted": "The account was deleted",
    "role.changed": "The role was changed",
    "session.opened": "A session began",
    "session.ended": "A session was ended",
    "sessions.ended": "Sessions were ended",
    "sign-up.again": "Somebody wanted to sign up with this address",
    "email.asked": "A new address was given",
    "email.verified": "The address was confirmed",
    "email.changed": "The address was changed",
    "password.wrong": "A wrong password was given",
    "password.asked": "A link for a new password was sent",
    "password.reset": "A new password was chosen through such a link",
    "password.changed": "The password was changed",
    "code.wrong": "A wrong code was given",
    "totp.on": "The second step was turned on",
    "totp.off": "The second step was turned off",
    "recovery.used": "A recovery code was used",
    "recovery.renewed": "New recovery codes were made",
    "account.imported": "An export was taken in",
    "token.made": "A personal access token was made",
    "token.revoked": "A personal access token was revoked",
    "grant.made": "A program was let in",
    "grant.ended": "A program's access was ended",
    "refresh.reused": "A program's refresh token came twice, so its access was ended",
    "code.reused": "A program's code came twice, so its access was ended",
    "device.allowed": "A program that showed a code was let in",
    "device.denied": "A program that showed a code was refused",
    "identity.linked": "Another way to sign in was linked",
    "identity.unlinked": "Another way to sign in was unlinked",
}


def shown(entry: Entry) -> dict[str, Any]:
    """For pages. What other features note is shown by its own name."""
    detail = ", ".join(f"{name} {value}" for name, value in entry.detail.items())
    return {
        "id": entry.id,
        "at": f"{entry.at:%Y-%m-%d %H:%M}",
        "actor": entry.actor,
        "subject": entry.subject,
        "action": entry.action,
        "said": _SAID.get(entry.action, entry.action),
        "detail": detail,
        "address": entry.address,
    }

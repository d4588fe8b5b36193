"""The rows of cohorts: who is in them, invitations and assignments. Comments and figures have modules of their own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, delete, exists, func, insert, or_, select, update

from backroad.cohorts.model import Assigned, Assignment, Cohort, Instructor, Invitation, Member
from backroad.cohorts.tables import (
    a,
    assignment_table,
    c,
    cohort_table,
    i,
    instructor_table,
    invitation_table,
    m,
    member_table,
    p,
    v,
)
from backroad.identity.store import person_table
from backroad.kit.rows import add_new, put

_INVITATION = [column for column in invitation_table.c if column.name != "fingerprint"]


def put_cohort(tx: Connection, cohort: Cohort) -> None:
    put(tx, cohort_table, msgspec.structs.asdict(cohort))


def cohort(tx: Connection, cohort_id: str) -> Cohort | None:
    row = tx.execute(select(cohort_table).where(c.id == cohort_id)).mappings().first()
    return Cohort(**row) if row else None


def teaches(tx: Connection, person: str, cohort_id: str) -> bool:
    return tx.execute(select(i.person).where(i.cohort == cohort_id, i.person == person)).first() is not None


def learns(tx: Connection, learner: str, cohort_id: str) -> bool:
    found = select(m.learner).where(m.cohort == cohort_id, m.learner == learner, m.left_at.is_(None))
    return tx.execute(found).first() is not None


def cohorts(
    tx: Connection,
    person: str,
    limit: int,
    *,
    role: str | None = None,
    everything: bool = False,
    archived: bool | None = None,
    before: tuple[datetime, str] | None = None,
) -> list[Cohort]:
    """Newest first; `role`: those that they teach ("instructor"), or in which they learn ("member"); else both.
    `everything`: also those with which they have nothing to do."""
    taught = exists().where(i.cohort == c.id, i.person == person)
    joined = exists().where(m.cohort == c.id, m.learner == person, m.left_at.is_(None))
    found = select(cohort_table).order_by(c.created_at.desc(), c.id.desc()).limit(limit)
    if role is not None:
        found = found.where(taught if role == "instructor" else joined)
    elif not everything:
        found = found.where(or_(taught, joined))
    if archived is not None:
        found = found.where(c.archived_at.is_not(None) if archived else c.archived_at.is_(None))
    if before is not None:
        found = found.where(or_(c.created_at < before[0], and_(c.created_at == before[0], c.id < before[1])))
    return [Cohort(**row) for row in tx.execute(found).mappings()]


def member_counts(tx: Connection, cohort_ids: Sequence[str]) -> dict[str, int]:
    found = select(m.cohort, func.count()).where(m.cohort.in_(cohort_ids), m.left_at.is_(None)).group_by(m.cohort)
    return {row[0]: row[1] for row in tx.execute(found)}


def instructors(tx: Connection, cohort_ids: Sequence[str]) -> dict[str, list[Instructor]]:
    """Cohort -> its instructors, the first one first."""
    found = (
        select(i.cohort, i.person, p.name, i.added_at)
        .join_from(instructor_table, person_table, p.id == i.person)
        .where(i.cohort.in_(cohort_ids))
        .order_by(i.added_at, i.person)
    )
    named: dict[str, list[Instructor]] = {cohort_id: [] for cohort_id in cohort_ids}
    for cohort_id, person, name, added_at in tx.execute(found):
        named[cohort_id].append(Instructor(person, name, added_at))
    return named


def add_instructor(tx: Connection, cohort_id: str, person: str, now: datetime) -> bool:
    """Whether they are new."""
    return add_new(tx, instructor_table, {"cohort": cohort_id, "person": person, "added_at": now})


def remove_instructor(tx: Connection, cohort_id: str, person: str) -> bool:
    return tx.execute(delete(instructor_table).where(i.cohort == cohort_id, i.person == person)).rowcount == 1


def member(tx: Connection, cohort_id: str, learner: str) -> Member | None:
    """Also one who has left."""
    found = (
        select(*member_table.c, p.name)
        .join_from(member_table, person_table, p.id == m.learner)
        .where(m.cohort == cohort_id, m.learner == learner)
    )
    row = tx.execute(found).mappings().first()
    return Member(**row) if row else None


def put_member(tx: Connection, cohort_id: str, learner: str, now: datetime) -> None:
    row = {"cohort": cohort_id, "learner": learner, "joined_at": now, "left_at": None, "removed": False}
    put(tx, member_table, row)


def end_membership(tx: Connection, cohort_id: str, learner: str, now: datetime, *, removed: bool) -> bool:
    gone = update(member_table).where(m.cohort == cohort_id, m.learner == learner, m.left_at.is_(None))
    return tx.execute(gone.values(left_at=now, removed=removed)).rowcount == 1


def add_invitation(tx: Connection, invitation: Invitation, fingerprint: str) -> None:
    tx.execute(insert(invitation_table).values(**msgspec.structs.asdict(invitation), fingerprint=fingerprint))


def invitation_by(tx: Connection, fingerprint: str) -> Invitation | None:
    row = tx.execute(select(*_INVITATION).where(v.fingerprint == fingerprint)).mappings().first()
    return Invitation(**row) if row else None


def invitations(tx: Connection, cohort_id: str, limit: int = 100) -> list[Invitation]:
    """Newest first."""
    found = select(*_INVITATION).where(v.cohort == cohort_id).order_by(v.created_at.desc(), v.id.desc()).limit(limit)
    return [Invitation(**row) for row in tx.execute(found).mappings()]


def use_invitation(tx: Connection, invitation_id: str, now: datetime) -> bool:
    """Count one more, in one statement: of two who come at once for the last place, one gets it."""
    still = (v.id == invitation_id, v.used < v.uses, v.revoked_at.is_(None), v.expires_at > now)
    return tx.execute(update(invitation_table).where(*still).values(used=v.used + 1)).rowcount == 1


def revoke_invitation(tx: Connection, cohort_id: str, invitation_id: str, now: datetime) -> bool:
    this = (v.cohort == cohort_id, v.id == invitation_id, v.revoked_at.is_(None))
    return tx.execute(update(invitation_table).where(*this).values(revoked_at=now)).rowcount == 1


def _assignment(row: Any) -> Assignment:
    return Assignment(**{**row, "skills": tuple(row["skills"])})


def put_assignment(tx: Connection, assignment: Assignment) -> None:
    row = msgspec.structs.asdict(assignment)
    put(tx, assignment_table, {**row, "skills": list(assignment.skills)})


def assignments(tx: Connection, cohort_id: str) -> list[Assignment]:
    """Due first first."""
    found = select(assignment_table).where(a.cohort == cohort_id).order_by(a.deadline, a.id)
    return [_assignment(row) for row in tx.execute(found).mappings()]


def assignment(tx: Connection, cohort_id: str, assignment_id: str) -> Assignment | None:
    found = select(assignment_table).where(a.cohort == cohort_id, a.id == assignment_id)
    row = tx.execute(found).mappings().first()
    return _assignment(row) if row else None


def remove_assignment(tx: Connection, cohort_id: str, assignment_id: str) -> bool:
    return tx.execute(delete(assignment_table).where(a.cohort == cohort_id, a.id == assignment_id)).rowcount == 1


def assigned_to(tx: Connection, learner: str) -> list[Assigned]:
    """In all cohorts in which they learn and that go on, due first first."""
    found = (
        select(*assignment_table.c, c.name.label("cohort_name"))
        .join_from(assignment_table, cohort_table, c.id == a.cohort)
        .join(member_table, and_(m.cohort == a.cohort, m.learner == learner, m.left_at.is_(None)))
        .where(c.archived_at.is_(None))
        .order_by(a.deadline, a.id)
    )
    rows = [dict(row) for row in tx.execute(found).mappings()]
    return [Assigned(cohort_name=row.pop("cohort_name"), assignment=_assignment(row)) for row in rows]

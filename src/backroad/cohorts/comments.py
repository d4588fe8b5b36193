"""What instructors say of a run, and that its learner is told."""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from backroad.cohorts.actions import archived_problem, member_of
from backroad.cohorts.model import LONGEST_COMMENT, LONGEST_WHY, Comment
from backroad.cohorts.tables import comment_table, k, p
from backroad.identity.model import Person
from backroad.identity.store import person_table
from backroad.kit.errors import NotFound, Problem
from backroad.kit.ids import new_id

SOMEBODY = "an instructor who is here no more"
TOLD = 20
"""So many unread comments are named on one page at most."""


class Unread(msgspec.Struct, frozen=True):
    """The comments on one run that its learner has not seen."""

    run: str
    count: int
    newest: datetime


def clean_text(text: str, most: int, what: str) -> str:
    clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text.replace("\r\n", "\n")).strip()
    if not clean:
        raise Problem(f"{what} is empty.", "Write something.", status=422)
    if len(clean) > most:
        raise Problem(f"{what} has {len(clean):,} characters.", f"At most {most:,} fit.", status=413)
    return clean


def clean_why(text: str) -> str:
    return clean_text(text, LONGEST_WHY, "The reason")


def say(
    tx: Connection,
    person: Person,
    cohort_id: str,
    learner: str,
    run: str,
    checks: Collection[str],
    *,
    check: str,
    text: str,
    now: datetime,
) -> Comment:
    """Comment on a run that the caller has looked up; `checks` are the ids of the checks that its report holds."""
    cohort, _ = member_of(tx, person, cohort_id, learner)
    if cohort.archived_at is not None:
        raise archived_problem()
    if check and check not in checks:
        raise Problem(f"This run has no check called {check[:80]!r}.", "Comment on the run as a whole.", status=422)
    clean = clean_text(text, LONGEST_COMMENT, "The comment")
    made = Comment(new_id(), cohort_id, learner, run, check, person.id, person.name, clean, now)
    row = {name: value for name, value in msgspec.structs.asdict(made).items() if name != "author_name"}
    tx.execute(insert(comment_table).values(**row))
    return made


def take_back(tx: Connection, person: Person, cohort_id: str, learner: str, run: str, comment_id: str) -> None:
    """By who wrote it, or by an admin."""
    member_of(tx, person, cohort_id, learner)
    this = [k.id == comment_id, k.cohort == cohort_id, k.learner == learner, k.run == run]
    if person.role != "admin":
        this.append(k.author == person.id)
    if tx.execute(delete(comment_table).where(*this)).rowcount != 1:
        raise NotFound("There is no such comment of yours.")


def of_run(tx: Connection, learner: str, run: str, *, cohort: str = "") -> list[Comment]:
    """Oldest first; with a `cohort`, those of its instructors alone."""
    where: list[ColumnElement[bool]] = [k.learner == learner, k.run == run]
    if cohort:
        where.append(k.cohort == cohort)
    found = (
        select(*comment_table.c, func.coalesce(p.name, SOMEBODY).label("author_name"))
        .select_from(comment_table.outerjoin(person_table, p.id == k.author))
        .where(*where)
        .order_by(k.at, k.id)
    )
    return [Comment(**row) for row in tx.execute(found).mappings()]


def unread(tx: Connection, learner: str) -> list[Unread]:
    """The runs with comments that the learner has not seen, newest first."""
    newest = func.max(k.at, type_=k.at.type)
    found = select(k.run, func.count(), newest).where(k.learner == learner, k.seen_at.is_(None)).group_by(k.run)
    return [Unread(*row) for row in tx.execute(found.order_by(newest.desc(), k.run).limit(TOLD))]


def see(tx: Connection, learner: str, run: str, now: datetime) -> None:
    """The learner has opened the run."""
    tx.execute(
        update(comment_table)
        .where(k.learner == learner, k.run == run, k.seen_at.is_(None), k.at <= now)
        .values(seen_at=now)
    )


def told(comments: list[Comment]) -> dict[str, list[dict[str, Any]]]:
    """By check, for templates; the empty check is the run as a whole."""
    from backroad.kit.clock import local_day
    from backroad.kit.markdown import render_note

    found: dict[str, list[dict[str, Any]]] = {}
    for one in comments:
        row = {"id": one.id, "by": one.author_name, "author": one.author, "day": local_day(one.at)}
        found.setdefault(one.check, []).append({**row, "html": render_note(one.text)})
    return found

"""The tables of cohorts."""

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from backroad.identity.store import person_table
from backroad.kit.db import UtcDateTime, metadata


def _of_cohort(*, primary_key: bool = False) -> Column[str]:
    key = ForeignKey("cohort.id", ondelete="CASCADE")
    return Column("cohort", String(40), key, primary_key=primary_key, nullable=False)


def _of_person(name: str, *, primary_key: bool = False) -> Column[str]:
    key = ForeignKey(person_table.c.id, ondelete="CASCADE")
    return Column(name, String(40), key, primary_key=primary_key, nullable=False)


cohort_table = Table(
    "cohort",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("road", String(80), nullable=False),
    Column("start", Date, nullable=False),
    Column("end", Date, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("minutes_a_week", Integer, nullable=False),
    Column("archived_at", UtcDateTime),
)
instructor_table = Table(
    "cohort_instructor",
    metadata,
    _of_cohort(primary_key=True),
    _of_person("person", primary_key=True),
    Column("added_at", UtcDateTime, nullable=False),
    Index("ix_cohort_instructor_person", "person"),
)
member_table = Table(
    "cohort_member",
    metadata,
    _of_cohort(primary_key=True),
    _of_person("learner", primary_key=True),
    Column("joined_at", UtcDateTime, nullable=False),
    Column("left_at", UtcDateTime),
    Column("removed", Boolean, nullable=False),
    Index("ix_cohort_member_learner", "learner"),
)
invitation_table = Table(
    "invitation",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("fingerprint", String(64), nullable=False, unique=True),  # SHA-256 of the token, in hexadecimal
    _of_cohort(),
    Column("created_by", String(40), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    Column("revoked_at", UtcDateTime),
    Index("ix_invitation_cohort", "cohort", "created_at"),
)
assignment_table = Table(
    "assignment",
    metadata,
    Column("id", String(40), primary_key=True),
    _of_cohort(),
    Column("kind", String(8), nullable=False),
    Column("title", String(80), nullable=False),
    Column("deadline", Date, nullable=False),
    Column("created_by", String(40), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("lab", String(80), nullable=False),
    Column("stage", Integer, nullable=False),
    Column("skills", JSON, nullable=False),
    Index("ix_assignment_cohort", "cohort", "deadline"),
)
comment_table = Table(
    "run_comment",
    metadata,
    Column("id", String(40), primary_key=True),
    _of_cohort(),
    _of_person("learner"),
    Column("run", String(40), nullable=False),
    Column("check", String(200), nullable=False),  # empty: the whole run
    Column("author", String(40), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime),
    Index("ix_run_comment_run", "learner", "run"),
    Index("ix_run_comment_seen", "learner", "seen_at"),
)
c, i, m = cohort_table.c, instructor_table.c, member_table.c
v, a, k = invitation_table.c, assignment_table.c, comment_table.c
p = person_table.c
"""Columns of the tables by a letter: inVitation, comment (k)."""

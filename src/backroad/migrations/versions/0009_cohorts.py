"""Cohorts, their members, assignments and comments on runs; an index by which the attempts at a check are counted."""

import sqlalchemy as sa
from alembic import op

from backroad.kit.db import UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "cohort",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("road", sa.String(length=80), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("minutes_a_week", sa.Integer(), nullable=False),
        sa.Column("archived_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort")),
    )
    op.create_table(
        "cohort_instructor",
        sa.Column("cohort", sa.String(length=40), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        _of_cohort("cohort_instructor"),
        _of_person("cohort_instructor", "person"),
        sa.PrimaryKeyConstraint("cohort", "person", name=op.f("pk_cohort_instructor")),
    )
    op.create_index("ix_cohort_instructor_person", "cohort_instructor", ["person"])
    op.create_table(
        "cohort_member",
        sa.Column("cohort", sa.String(length=40), nullable=False),
        sa.Column("learner", sa.String(length=40), nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.Column("left_at", UtcDateTime(), nullable=True),
        sa.Column("removed", sa.Boolean(), nullable=False),
        _of_cohort("cohort_member"),
        _of_person("cohort_member", "learner"),
        sa.PrimaryKeyConstraint("cohort", "learner", name=op.f("pk_cohort_member")),
    )
    op.create_index("ix_cohort_member_learner", "cohort_member", ["learner"])
    _create_what_hangs_on_cohorts()
    op.create_index("ix_evidence_ref", "evidence", ["learner", "ref", "at"])


def _create_what_hangs_on_cohorts() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("cohort", sa.String(length=40), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        _of_cohort("invitation"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_invitation_fingerprint")),
    )
    op.create_index("ix_invitation_cohort", "invitation", ["cohort", "created_at"])
    op.create_table(
        "assignment",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("cohort", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("lab", sa.String(length=80), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        _of_cohort("assignment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    op.create_index("ix_assignment_cohort", "assignment", ["cohort", "deadline"])
    op.create_table(
        "run_comment",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("cohort", sa.String(length=40), nullable=False),
        sa.Column("learner", sa.String(length=40), nullable=False),
        sa.Column("run", sa.String(length=40), nullable=False),
        sa.Column("check", sa.String(length=200), nullable=False),
        sa.Column("author", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        _of_cohort("run_comment"),
        _of_person("run_comment", "learner"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_comment")),
    )
    op.create_index("ix_run_comment_run", "run_comment", ["learner", "run"])
    op.create_index("ix_run_comment_seen", "run_comment", ["learner", "seen_at"])


def _of_cohort(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["cohort"], ["cohort.id"], name=op.f(f"fk_{table}_cohort_cohort"), ondelete="CASCADE"
    )


def _of_person(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_person")
    return sa.ForeignKeyConstraint([column], ["person.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    op.drop_index("ix_evidence_ref", table_name="evidence")
    for table in ("run_comment", "assignment", "invitation", "cohort_member", "cohort_instructor", "cohort"):
        op.drop_table(table)

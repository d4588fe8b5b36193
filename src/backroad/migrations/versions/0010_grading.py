"""Submissions, the queue of graders, and who works on what."""

import sqlalchemy as sa
from alembic import op

from backroad.kit.db import UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "upload",
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("content", name=op.f("pk_upload")),
    )
    op.create_table(
        "grading",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("lab", sa.String(length=80), nullable=False),
        sa.Column("app", sa.String(length=80), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("lab_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("grader", sa.String(length=80)),
        sa.Column("until", UtcDateTime()),
        sa.Column("lead", sa.String(length=40)),
        sa.Column("run", sa.String(length=40)),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime()),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("seed", sa.String(length=20), nullable=False),
        sa.Column("provenance", sa.String(length=12), nullable=False),
        sa.Column("report", sa.JSON(none_as_null=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grading")),
    )
    op.create_index("ix_grading_content", "grading", ["content", "lab", "lab_hash"])
    op.create_index("ix_grading_state", "grading", ["state", "until"])
    op.create_index("ix_grading_lab", "grading", ["lab", "state", "ended_at"])
    op.create_table(
        "submission",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("learner", sa.String(length=40), nullable=False),
        sa.Column("cohort", sa.String(length=40)),
        sa.Column("grading", sa.String(length=40), nullable=False),
        sa.Column("lab", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=10)),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("run", sa.String(length=40)),
        sa.ForeignKeyConstraint(["grading"], ["grading.id"], name=op.f("fk_submission_grading_grading")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
    )
    op.create_index("ix_submission_learner", "submission", ["learner", "asked_at"])
    op.create_index("ix_submission_grading", "submission", ["grading"])
    op.create_index("ix_submission_outcome", "submission", ["outcome"])
    op.create_table(
        "grading_turn",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_grading_turn")),
    )
    op.create_table(
        "grader",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grader")),
    )


def downgrade() -> None:
    for table in ("grader", "grading_turn", "submission", "grading", "upload"):
        op.drop_table(table)

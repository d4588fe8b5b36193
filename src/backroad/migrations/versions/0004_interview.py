"""Mock interviews: their questions, the answers and how they were graded."""

import sqlalchemy as sa
from alembic import op

from backroad.kit.db import UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "interview",
        sa.Column("learner", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("learner", "id", name=op.f("pk_interview")),
    )
    op.create_index("ix_interview_started", "interview", ["learner", "started_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_interview_started", table_name="interview")
    op.drop_table("interview")

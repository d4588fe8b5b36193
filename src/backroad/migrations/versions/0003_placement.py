"""Placements: the answers of the test that says what a learner knows already."""

import sqlalchemy as sa
from alembic import op

from backroad.kit.db import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "placement",
        sa.Column("learner", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("learner", "id", name=op.f("pk_placement")),
    )


def downgrade() -> None:
    op.drop_table("placement")

"""The calendar feed, a target for reviews, and what a learner's own reviews say of their memory."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("learner") as learner:
        learner.add_column(sa.Column("study_from", sa.String(length=5), nullable=False, server_default="18:00"))
        learner.add_column(sa.Column("retention", sa.Integer(), nullable=False, server_default="90"))
        learner.add_column(sa.Column("reviews_a_day", sa.Integer(), nullable=False, server_default="100"))
        learner.add_column(sa.Column("calendar_token", sa.String(length=64), nullable=False, server_default=""))
    with op.batch_alter_table("card") as card:
        card.add_column(sa.Column("lapses", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "memory",
        sa.Column("learner", sa.String(length=40), nullable=False),
        sa.Column("retention", sa.Integer(), nullable=False),
        sa.Column("scale", sa.Float(), nullable=False),
        sa.Column("reviews", sa.Integer(), nullable=False),
        sa.Column("gaps", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("learner", name=op.f("pk_memory")),
    )
    _give_tokens()


def _give_tokens() -> None:
    learner = sa.table("learner", sa.column("id"), sa.column("calendar_token"))
    tx = op.get_bind()
    for name in tx.execute(sa.select(learner.c.id)).scalars().all():
        tx.execute(learner.update().where(learner.c.id == name).values(calendar_token=secrets.token_urlsafe(24)))


def downgrade() -> None:
    op.drop_table("memory")
    with op.batch_alter_table("card") as card:
        card.drop_column("lapses")
    with op.batch_alter_table("learner") as learner:
        for name in ("calendar_token", "reviews_a_day", "retention", "study_from"):
            learner.drop_column(name)

"""Areas in which a learner has never worked, said at the beginning of a placement."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("placement", sa.Column("never", sa.JSON(none_as_null=True)))


def downgrade() -> None:
    op.drop_column("placement", "never")

"""Signing keys, issued credentials, and the platforms that launch Backroad over LTI."""

import sqlalchemy as sa
from alembic import op

from backroad.kit.db import UtcDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "credential_key",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("jwk", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential_key")),
    )
    op.create_table(
        "credential",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("standing", sa.String(length=64), nullable=False),
        sa.Column("jwt", sa.Text(), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
    )
    op.create_index("ix_credential_person", "credential", ["person", "issued_at", "id"])
    op.create_table(
        "status_place",
        sa.Column("list", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("credential", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("list", "place", name=op.f("pk_status_place")),
    )
    _lti()


def _lti() -> None:
    op.create_table(
        "lti_platform",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("issuer", sa.String(length=190), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("login_url", sa.String(length=500), nullable=False),
        sa.Column("token_url", sa.String(length=500), nullable=False),
        sa.Column("jwks_url", sa.String(length=500), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("audience", sa.String(length=500), nullable=False),
        sa.Column("deployments", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_platform")),
        sa.UniqueConstraint("issuer", "client_id", name=op.f("uq_lti_platform_issuer_client_id")),
    )
    op.create_table(
        "lti_state",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.String(length=40), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=64), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        _of_platform("lti_state"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_state")),
    )
    op.create_index("ix_lti_state_expires", "lti_state", ["expires_at"])
    op.create_table(
        "lti_link",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.String(length=40), nullable=False),
        sa.Column("deployment", sa.String(length=255), nullable=False),
        sa.Column("resource", sa.String(length=255), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("content", sa.String(length=120), nullable=False),
        sa.Column("counted", sa.String(length=12), nullable=False),
        sa.Column("line", sa.String(length=1000), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("retry_at", UtcDateTime(), nullable=True),
        sa.Column("problem", sa.String(length=300), nullable=False),
        _of_platform("lti_link"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_link")),
    )
    op.create_index("ix_lti_link_person", "lti_link", ["person"])
    op.create_index("ix_lti_link_checked", "lti_link", ["checked_at"])


def _of_platform(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_platform_lti_platform")
    return sa.ForeignKeyConstraint(["platform"], ["lti_platform.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    for table in ("lti_link", "lti_state", "lti_platform", "status_place", "credential", "credential_key"):
        op.drop_table(table)

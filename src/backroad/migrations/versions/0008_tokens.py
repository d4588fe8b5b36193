"""Personal access tokens, refresh tokens, device codes and identities at other providers."""

import sqlalchemy as sa
from alembic import op

from backroad.kit.db import UtcDateTime

revision = "0008"
down_revision = "0007"


def _of_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["person"], ["person.id"], name=op.f(f"fk_{table}_person_person"), ondelete="CASCADE"
    )


def upgrade() -> None:
    op.create_table(
        "token",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("scopes", sa.String(length=80), nullable=False),
        sa.Column("tail", sa.String(length=4), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        _of_person("token"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_token_digest")),
    )
    op.create_index("ix_token_person", "token", ["person"])
    _grants()
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("public", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_key")),
    )
    _elsewhere()


def _grants() -> None:
    op.create_table(
        "family",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("client", sa.String(length=40), nullable=False),
        sa.Column("scopes", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        _of_person("family"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family")),
    )
    op.create_index("ix_family_person", "family", ["person"])
    op.create_index("ix_family_expires", "family", ["expires_at"])
    op.create_table(
        "refresh",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("family", sa.String(length=40), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["family"], ["family.id"], name=op.f("fk_refresh_family_family"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_refresh")),
    )
    op.create_index("ix_refresh_family", "refresh", ["family"])
    op.create_table(
        "code",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("client", sa.String(length=40), nullable=False),
        sa.Column("scopes", sa.String(length=80), nullable=False),
        sa.Column("redirect", sa.String(length=200), nullable=False),
        sa.Column("challenge", sa.String(length=43), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("family", sa.String(length=40), nullable=False),
        _of_person("code"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_code")),
    )
    op.create_index("ix_code_expires", "code", ["expires_at"])
    op.create_table(
        "device",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user_code", sa.String(length=8), nullable=False),
        sa.Column("client", sa.String(length=40), nullable=False),
        sa.Column("scopes", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("polled_at", UtcDateTime(), nullable=True),
        sa.Column("pause", sa.Integer(), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("decision", sa.String(length=8), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=True),
        _of_person("device"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_device")),
        sa.UniqueConstraint("user_code", name=op.f("uq_device_user_code")),
    )
    op.create_index("ix_device_expires", "device", ["expires_at"])


def _elsewhere() -> None:
    op.create_table(
        "foreign_identity",
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("provider", sa.String(length=12), nullable=False),
        sa.Column("label", sa.String(length=254), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        _of_person("foreign_identity"),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_foreign_identity")),
    )
    op.create_index("ix_foreign_identity_person", "foreign_identity", ["person"])
    op.create_table(
        "errand",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("verifier", sa.String(length=64), nullable=False),
        sa.Column("onward", sa.String(length=500), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=True),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        _of_person("errand"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_errand")),
    )
    op.create_index("ix_errand_expires", "errand", ["expires_at"])


def downgrade() -> None:
    tables = ("errand", "foreign_identity", "signing_key", "device", "code", "refresh", "family", "token")
    for table in tables:
        op.drop_table(table)

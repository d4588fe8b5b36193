"""The first schema."""

import sqlalchemy as sa
from alembic import op

from backroad.kit.db import UtcDateTime
from backroad.kit.folding import marked_letters

revision = "0001"
down_revision = None

NOTE_SEARCH_SQLITE = (
    "CREATE VIRTUAL TABLE note_search USING fts5(id UNINDEXED, text, tokenize = 'unicode61 remove_diacritics 2')",
    "CREATE TRIGGER note_added AFTER INSERT ON note BEGIN "
    "INSERT INTO note_search (id, text) VALUES (new.id, new.text); END",
    "CREATE TRIGGER note_changed AFTER UPDATE ON note BEGIN "
    "UPDATE note_search SET text = new.text WHERE id = new.id; END",
    "CREATE TRIGGER note_removed AFTER DELETE ON note BEGIN DELETE FROM note_search WHERE id = old.id; END",
)


def _note_search() -> tuple[str, ...]:
    if op.get_bind().dialect.name == "sqlite":
        return NOTE_SEARCH_SQLITE
    marked, plain = marked_letters()
    return (
        "ALTER TABLE note ADD COLUMN search tsvector GENERATED ALWAYS AS "
        f"(to_tsvector('simple', translate(lower(text), '{marked}', '{plain}'))) STORED",
        "CREATE INDEX ix_note_search ON note USING gin (search)",
    )


def upgrade() -> None:
    op.create_table(
        "activity",
        sa.Column("learner", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("learner", "id", name=op.f("pk_activity")),
    )
    op.create_index("ix_activity_day", "activity", ["learner", "day"], unique=False)
    op.create_index("ix_activity_ref", "activity", ["learner", "ref", "kind"], unique=False)
    op.create_table(
        "card",
        sa.Column("learner", sa.String(length=40), nullable=False),
        sa.Column("skill", sa.String(length=100), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("stability", sa.Float(), nullable=False),
        sa.Column("difficulty", sa.Float(), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("gaps", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("learner", "skill", "ref", name=op.f("pk_card")),
    )
    op.create_index("ix_card_due", "card", ["learner", "due"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("learner", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("skill", sa.String(length=100), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("provenance", sa.String(length=12), nullable=False),
        sa.Column("content_hash", sa.String(length=80), nullable=False),
        sa.Column("seed", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("learner", "id", name=op.f("pk_evidence")),
    )
    op.create_index("ix_evidence_at", "evidence", ["learner", "at", "id"], unique=False)
    op.create_index("ix_evidence_skill", "evidence", ["learner", "skill", "at"], unique=False)
    op.create_table(
        "lab_start",
        sa.Column("learner", sa.String(length=40), nullable=False),
        sa.Column("lab", sa.String(length=80), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("learner", "lab", name=op.f("pk_lab_start")),
    )
    op.create_table(
        "learner",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("road", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("minutes", sa.JSON(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("days_off", sa.JSON(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("drop_optional", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner")),
    )
    op.create_table(
        "note",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("learner", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index("ix_note_changed", "note", ["learner", "changed_at"], unique=False)
    op.create_index("ix_note_place", "note", ["learner", "kind", "ref"], unique=False)
    op.create_table(
        "plan_snapshot",
        sa.Column("learner", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("learner", "day", name=op.f("pk_plan_snapshot")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("learner", sa.String(length=40), nullable=False),
        sa.Column("lab", sa.String(length=80), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("seed", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_index("ix_run_lab", "run", ["learner", "lab", "started_at"], unique=False)
    op.create_index("ix_run_learner", "run", ["learner", "started_at"], unique=False)
    op.create_table(
        "standing",
        sa.Column("learner", sa.String(length=40), nullable=False),
        sa.Column("skill", sa.String(length=100), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("memory", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("learner", "skill", name=op.f("pk_standing")),
    )
    op.create_table(
        "verdict",
        sa.Column("learner", sa.String(length=40), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("evidence", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("learner", "ref", name=op.f("pk_verdict")),
    )
    op.create_table(
        "run_event",
        sa.Column("run", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("event", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name=op.f("fk_run_event_run_run"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "number", name=op.f("pk_run_event")),
    )
    for statement in _note_search():
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE note_search")
    op.drop_table("run_event")
    op.drop_table("verdict")
    op.drop_table("standing")
    op.drop_index("ix_run_learner", table_name="run")
    op.drop_index("ix_run_lab", table_name="run")
    op.drop_table("run")
    op.drop_table("plan_snapshot")
    op.drop_index("ix_note_place", table_name="note")
    op.drop_index("ix_note_changed", table_name="note")
    op.drop_table("note")
    op.drop_table("learner")
    op.drop_table("lab_start")
    op.drop_index("ix_evidence_skill", table_name="evidence")
    op.drop_index("ix_evidence_at", table_name="evidence")
    op.drop_table("evidence")
    op.drop_index("ix_card_due", table_name="card")
    op.drop_table("card")
    op.drop_index("ix_activity_ref", table_name="activity")
    op.drop_index("ix_activity_day", table_name="activity")
    op.drop_table("activity")

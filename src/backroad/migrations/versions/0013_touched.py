"""Each learner's version: drawn anew by triggers whenever one of their rows changes."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

TABLES = {
    **dict.fromkeys(
        ("activity", "card", "cohort_member", "credential", "evidence", "interview", "lab_start", "memory", "note",
         "placement", "plan_snapshot", "run", "run_comment", "standing", "submission", "verdict", "wish"),
        "learner",
    ),
    "learner": "id",
    "credential": "person",
}  # fmt: skip
"""Table -> the column that says whose its rows are."""
COHORTS = {"assignment": "cohort", "cohort_instructor": "cohort", "cohort": "id"}
"""Table -> the column that says whose members its rows are about."""
FUNCTIONS = (
    """
CREATE FUNCTION touch_learner() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  whose text;
BEGIN
  IF TG_OP = 'DELETE' THEN
    EXECUTE format('SELECT ($1).%I', TG_ARGV[0]) USING OLD INTO whose;
    UPDATE touched SET version = (random() * 9e15)::bigint + 1 WHERE learner = whose;
  ELSE
    EXECUTE format('SELECT ($1).%I', TG_ARGV[0]) USING NEW INTO whose;
    INSERT INTO touched (learner, version) VALUES (whose, (random() * 9e15)::bigint + 1)
      ON CONFLICT (learner) DO UPDATE SET version = excluded.version;
  END IF;
  RETURN NULL;
END $$
""",
    """
CREATE FUNCTION touch_members() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  which text;
BEGIN
  IF TG_OP = 'DELETE' THEN
    EXECUTE format('SELECT ($1).%I', TG_ARGV[0]) USING OLD INTO which;
  ELSE
    EXECUTE format('SELECT ($1).%I', TG_ARGV[0]) USING NEW INTO which;
  END IF;
  UPDATE touched SET version = (random() * 9e15)::bigint + 1
    WHERE learner IN (SELECT learner FROM cohort_member WHERE cohort = which);
  RETURN NULL;
END $$
""",
)
WRITES = {"insert": "new", "update": "new", "delete": "old"}


def upgrade() -> None:
    op.create_table(
        "touched",
        sa.Column("learner", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("learner", name=op.f("pk_touched")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for table, column in TABLES.items():
            for write in WRITES:
                op.execute(_sqlite(table, column, write))
        for table, column in COHORTS.items():
            for write in WRITES:
                op.execute(_sqlite_members(table, column, write))
        return
    for function in FUNCTIONS:
        op.execute(function)
    for tables, touch in ((TABLES, "touch_learner"), (COHORTS, "touch_members")):
        for table, column in tables.items():
            op.execute(
                f"CREATE TRIGGER touch_{table} AFTER INSERT OR UPDATE OR DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {touch}('{column}')"
            )


DRAWN = "(abs(random() % 9000000000000000) + 1)"


def _sqlite_members(table: str, column: str, write: str) -> str:
    members = f"SELECT learner FROM cohort_member WHERE cohort = {WRITES[write]}.{column}"
    put = f"UPDATE touched SET version = {DRAWN} WHERE learner IN ({members})"
    return f"CREATE TRIGGER touch_{table}_{write} AFTER {write.upper()} ON {table} BEGIN {put}; END"


def _sqlite(table: str, column: str, write: str) -> str:
    whose = f"{WRITES[write]}.{column}"
    put = (
        f"UPDATE touched SET version = {DRAWN} WHERE learner = {whose}"
        if write == "delete"
        else f"INSERT INTO touched (learner, version) VALUES ({whose}, {DRAWN}) "
        "ON CONFLICT (learner) DO UPDATE SET version = excluded.version"
    )
    return f"CREATE TRIGGER touch_{table}_{write} AFTER {write.upper()} ON {table} BEGIN {put}; END"


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in {**TABLES, **COHORTS}:
        for write in WRITES if sqlite else ():
            op.execute(f"DROP TRIGGER touch_{table}_{write}")
        if not sqlite:
            op.execute(f"DROP TRIGGER touch_{table} ON {table}")
    if not sqlite:
        op.execute("DROP FUNCTION touch_learner")
        op.execute("DROP FUNCTION touch_members")
    op.drop_table("touched")

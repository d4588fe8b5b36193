"""Brings the database to the schema of this version, and refuses one from a newer version."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.migrations import HEAD

_SCRIPTS = Path(__file__).resolve().parent.parent / "migrations"


NOTHING = "base"
"""Before the first step: no tables."""
LOCK = 0x6261636B726F6164
"""Of PostgreSQL's advisory locks: two processes that start at once do not migrate at once."""


def migrate(db: Database, target: str = HEAD) -> None:
    """Bring the schema to `target`, up or down; quick when there is nothing to do, because Alembic is imported only
    for real work. The steps run in one transaction: one that fails or is killed leaves the schema as it was."""
    if db.run_now(revision) != target:
        db.run_now(lambda tx: move(tx, target))


def known_revisions() -> frozenset[str]:
    """Of this version, by the names of the steps' files: Alembic would take a quarter of a second to ask."""
    return frozenset(path.name.partition("_")[0] for path in (_SCRIPTS / "versions").glob("[0-9]*_*.py"))


def revision(tx: Connection) -> str | None:
    """Of the schema that is there; None where there is none."""
    if not inspect(tx).has_table("alembic_version"):
        return None
    found: str | None = tx.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def move(tx: Connection, target: str) -> None:
    """Within the transaction of the caller."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    if tx.dialect.name == "postgresql":
        tx.execute(text("SET LOCAL statement_timeout = 0"))
        tx.execute(text("SET LOCAL lock_timeout = 0"))
        tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = tx
    order = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]
    if target not in (NOTHING, *order):
        raise Problem(
            f"There is no schema {target[:40]!r}.",
            f"They are {order[0]} to {order[-1]}, and {NOTHING!r} for none. Nothing was changed.",
        )
    found = revision(tx)
    if found is not None and found not in order:
        raise Problem(
            f"The database was written by a newer Backroad (schema {found}; this version knows up to {HEAD}).",
            "Update Backroad, or point BACKROAD_HOME at another folder. Nothing was changed.",
            status=500,
        )
    if found is not None and (target == NOTHING or order.index(found) > order.index(target)):
        command.downgrade(config, target)
    else:
        command.upgrade(config, target)

"""Brings the database to the schema of this version, and refuses one from a newer version."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.migrations import HEAD

_SCRIPTS = Path(__file__).resolve().parent.parent / "migrations"


def migrate(db: Database) -> None:
    """Upgrade to HEAD; quick when there is nothing to do, because Alembic is imported only for real work."""
    if db.run_now(_revision) != HEAD:
        db.run_now(lambda tx: _upgrade(tx))


def _revision(tx: Connection) -> str | None:
    if not inspect(tx).has_table("alembic_version"):
        return None
    found: str | None = tx.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _upgrade(tx: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = tx
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    found = _revision(tx)
    if found is not None and found not in known:
        raise Problem(
            f"The database was written by a newer Backroad (schema {found}; this version knows up to {HEAD}).",
            "Update Backroad, or point BACKROAD_HOME at another folder. Nothing was changed.",
            status=500,
        )
    command.upgrade(config, "head")

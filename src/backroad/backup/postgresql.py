"""What PostgreSQL needs of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, text

from backroad.kit.db import Database
from backroad.kit.migrate import LOCK

_UNHURRIED = ("SET LOCAL statement_timeout = 0", "SET LOCAL idle_in_transaction_session_timeout = 0")


@contextmanager
def snapshot(db: Database, beside: Path) -> Iterator[Connection]:
    """The database as it is now, in one transaction that sees no later change; nobody who writes has to wait."""
    with db.engine.connect() as plain:
        tx = plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        for statement in _UNHURRIED:
            tx.exec_driver_sql(statement)
        yield tx
        tx.rollback()


def begin_restore(tx: Connection) -> None:
    """One restore or migration at a time."""
    for statement in _UNHURRIED:
        tx.exec_driver_sql(statement)
    tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def mark(tx: Connection, number: int) -> None:
    """Which restore wrote this database, as part of its transaction."""
    tx.exec_driver_sql(f"COMMENT ON TABLE alembic_version IS 'restored {number:d}'")


def marked(tx: Connection) -> int:
    said = tx.execute(text("SELECT obj_description(to_regclass('alembic_version'), 'pg_class')")).scalar()
    return int(said.removeprefix("restored ")) if said and said.startswith("restored ") else 0

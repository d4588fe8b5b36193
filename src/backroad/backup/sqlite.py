"""What SQLite needs of its own."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine

from backroad.kit.db import Database, sqlite_url


@contextmanager
def snapshot(db: Database, beside: Path) -> Iterator[Connection]:
    """The database as it is now, copied through SQLite's online backup, so that nobody who writes has to wait."""
    with tempfile.TemporaryDirectory(dir=beside, prefix=".backup-") as folder:
        copy = Path(folder) / "copy.db"
        source = db.engine.raw_connection()
        try:
            assert source.driver_connection is not None
            with closing(sqlite3.connect(copy)) as target:
                source.driver_connection.backup(target)
        finally:
            source.close()
        engine = create_engine(sqlite_url(copy))
        try:
            with engine.connect() as tx:
                yield tx
        finally:
            engine.dispose()


def begin_restore(tx: Connection) -> None:
    """The transaction holds the only write lock already."""


def mark(tx: Connection, number: int) -> None:
    """Which restore wrote this database, as part of its transaction."""
    tx.exec_driver_sql(f"PRAGMA user_version = {number:d}")


def marked(tx: Connection) -> int:
    return int(tx.exec_driver_sql("PRAGMA user_version").scalar_one())

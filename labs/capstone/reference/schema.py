"""The tables, and how they come to be: numbered files that are applied once each, in order."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from database import Connection

FOLDER = Path(__file__).parent / "migrations"
NAME = re.compile(r"(\d{4})_\w+\.sql")
TABLES = ("owners", "links")  # each after those that it refers to
LOCK = 7_319_202  # any number, the same for everybody who migrates
NOTES = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


class Migration(msgspec.Struct, frozen=True):
    version: int
    name: str
    statements: str


def read_migrations(folder: Path = FOLDER) -> list[Migration]:
    paths = sorted(path for path in folder.iterdir() if NAME.fullmatch(path.name))
    return [Migration(int(path.name[:4]), path.stem, path.read_text(encoding="utf-8")) for path in paths]


MIGRATIONS = read_migrations()
NEEDED = MIGRATIONS[-1].version  # a newer schema will do as well: old programs run beside it while a deploy goes on


def version(db: Connection) -> int:
    """0 where nothing was ever migrated."""
    if db.execute("SELECT to_regclass('schema_migrations')").fetchall() == [(None,)]:
        return 0
    [(found,)] = db.execute("SELECT coalesce(max(version), 0) FROM schema_migrations").fetchall()
    return int(found)


def migrate(db: Connection) -> Iterator[Migration]:
    """Applies what is missing, and tells each as it is done. The connection must be in autocommit.

    The lock belongs to the session: a second process waits here until the first is done, and then finds nothing left.
    It goes with the connection, so a migration that is killed leaves no lock behind.
    """
    db.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    try:
        db.execute(NOTES)
        done = version(db)
        for migration in MIGRATIONS:
            if migration.version > done:
                with db.transaction():
                    # A table lock that does not come soon holds up every request behind it: better fail and try again.
                    db.execute("SET LOCAL lock_timeout = '5s'")
                    db.execute(migration.statements.encode())
                    note = "INSERT INTO schema_migrations (version, name) VALUES (%s, %s)"
                    db.execute(note, (migration.version, migration.name))
                yield migration
    finally:
        if not db.closed:
            db.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))

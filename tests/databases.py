"""Which database the tests run on: SQLite, or a PostgreSQL server where `BACKROAD_TEST_DATABASE_URL` names one.

Each data folder has a database of its own there, copied from a template that has the schema, and dropped when the
tests end.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, text

from backroad import migrations
from backroad.kit.db import Database, sqlite_url
from backroad.kit.migrate import migrate
from backroad.settings import Settings

SERVER = os.environ.get("BACKROAD_TEST_DATABASE_URL", "").replace("postgresql://", "postgresql+psycopg://")
REDIS = os.environ.get("BACKROAD_TEST_REDIS_URL", "")
_made: set[str] = set()


def settings_of(home: Path, **more: Any) -> Settings:
    """Of a data folder, on the database that the tests run on."""
    return Settings(home, database=_url_of(home), redis_url=REDIS, **more)


def database_url(file: Path) -> str:
    """Of an SQLite file, or of the database that stands for it; with the schema in it."""
    return _url_of(file) or sqlite_url(file)


def database_environment(home: Path) -> dict[str, str]:
    chosen = {"BACKROAD_DATABASE_URL": _url_of(home), "BACKROAD_REDIS_URL": REDIS}
    return {name: value for name, value in chosen.items() if value}


def _url_of(home: Path) -> str:
    if not SERVER:
        return ""
    name = "backroad_test_" + hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:24]
    if name not in _made:
        with _maintenance() as tx:
            template = _template(tx)
            if not _has(tx, name):
                tx.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        _made.add(name)
    return _sibling(name)


def drop_databases() -> None:
    while _made:
        with _maintenance() as tx:
            tx.execute(text(f"DROP DATABASE IF EXISTS {_made.pop()} WITH (FORCE)"))


def _sibling(name: str) -> str:
    return SERVER.rpartition("/")[0] + "/" + name


@contextmanager
def _maintenance() -> Iterator[Connection]:
    """A connection outside transactions, alone: databases are not made two at once from one template."""
    engine = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with engine.connect() as tx:
        tx.execute(text("SELECT pg_advisory_lock(8321)"))
        yield tx
    engine.dispose()


def _template(tx: Connection) -> str:
    """The name of a database with today's schema, made where there is none."""
    steps = sorted(Path(migrations.__file__).parent.glob("versions/*.py"))
    digest = hashlib.sha256(b"".join(step.read_bytes() for step in steps)).hexdigest()[:12]
    name = f"backroad_template_{digest}"
    if not _has(tx, name):
        tx.execute(text(f"CREATE DATABASE {name}_new"))
        db = Database(_sibling(f"{name}_new"))
        migrate(db)
        db.close()
        tx.execute(text(f"ALTER DATABASE {name}_new RENAME TO {name}"))
    return name


def _has(tx: Connection, name: str) -> bool:
    return tx.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}).scalar() is not None

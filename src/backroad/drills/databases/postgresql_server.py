"""The PostgreSQL server of drills, and the corner of it that one answer gets: a database, and a role that owns nothing
but what it makes there.

The server is the one in BACKROAD_DRILL_POSTGRESQL_URL, whose user must be allowed to make databases and roles, or one
installed with pip, which is started at the first answer and ends with this process. Names carry the time at which they
were made: what a killed process left is dropped by the next one an hour later.
"""

import atexit
import contextlib
import importlib.util
import secrets
import threading
import time
from collections.abc import Iterator
from typing import Any

from backroad.kit.errors import Problem
from backroad.settings import store_url

VARIABLE = "BACKROAD_DRILL_POSTGRESQL_URL"
OURS = "backroad_drill_"
OLD = 3600
TEMPORARY = "64MB"
HOW = f'Run `pip install "backroad[services]"`, or set {VARIABLE} to a server; this was not counted.'
SETTINGS = {
    "lock_timeout": "300", "idle_in_transaction_session_timeout": "20000", "TimeZone": "UTC", "DateStyle": "ISO",
    "IntervalStyle": "postgres", "jit": "off", "max_parallel_workers_per_gather": "0", "bytea_output": "hex",
    "client_min_messages": "error",
}  # fmt: skip

_lock = threading.Lock()
_started: list[Any] = []  # the `Server` of ours


def missing() -> str:
    """What a sentence says is not installed; empty where drills can run."""
    from backroad.verifier.dependencies import installed  # here, as whoever imports the kinds seldom needs it

    return "" if store_url(VARIABLE) or installed.postgres_programs() else "PostgreSQL"


def address() -> tuple[str, bool]:
    """URL of the server, and whether it is our own; a `Problem` where there is none."""
    if url := store_url(VARIABLE):
        return url, False
    if missing():
        raise Problem("This drill runs on PostgreSQL, and there is none here.", HOW)
    from backroad.verifier.dependencies import installed
    from backroad.verifier.dependencies.sources import Unavailable

    with _lock:
        if not _started:
            try:
                _started.append(installed.start("postgres"))
            except Unavailable as error:
                raise Problem(error.sentence, HOW) from None
            atexit.register(_started[0].end)
        return _started[0].url, True


@contextlib.contextmanager
def corners(count: int) -> Iterator[list[dict[str, Any]]]:
    """So many databases, each with its role; as what the child is told of them."""
    if importlib.util.find_spec("psycopg") is None:
        raise Problem("The package psycopg is not installed.", "Install Backroad again: it belongs to it.")
    import psycopg

    url, own = address()
    try:
        session = psycopg.connect(url, autocommit=True, connect_timeout=5, application_name="backroad")
    except psycopg.Error as error:
        raise _unusable(error) from None
    made: list[dict[str, Any]] = []
    try:
        with session:
            try:
                _drop_orphans(session)
                for _ in range(count):
                    name = f"{OURS}{int(time.time())}_{secrets.token_hex(6)}"
                    made.append({"name": name})
                    made[-1] |= _make(session, url, name, own)
            except psycopg.Error as error:
                raise _unusable(error) from None
        yield made
    finally:
        with contextlib.suppress(psycopg.Error), psycopg.connect(url, autocommit=True, connect_timeout=5) as session:
            for corner in made:
                drop(session, corner["name"])


def _make(session: Any, url: str, name: str, own: bool) -> dict[str, Any]:
    import psycopg
    from psycopg.conninfo import make_conninfo

    password = secrets.token_hex(16)  # letters and digits: nothing in it to be quoted
    rights = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 6"
    with contextlib.suppress(psycopg.errors.UndefinedObject):  # since PostgreSQL 16; the password lives for a moment
        session.execute("SET scram_iterations = 64")
    session.execute(f"CREATE ROLE {name} {rights} PASSWORD '{password}'")
    session.execute(f"GRANT {name} TO CURRENT_USER")
    with contextlib.suppress(psycopg.errors.InsufficientPrivilege):  # only a superuser may bound temporary files
        session.execute(f"ALTER ROLE {name} SET temp_file_limit = '{TEMPORARY}'")
    session.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    options = " ".join(f"-c {setting}={value}" for setting, value in SETTINGS.items())
    given: dict[str, Any] = {"dbname": name, "connect_timeout": 5, "application_name": "backroad"}
    return {
        "role": make_conninfo(url, user=name, password=password, options=options, **given),
        "admin": make_conninfo(url, **given),
        "own": own,
    }


def drop(session: Any, name: str) -> None:
    """The database with whoever is connected to it, and its role."""
    import psycopg

    for statement in (f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"DROP ROLE IF EXISTS {name}"):
        with contextlib.suppress(psycopg.Error):  # another role's, say; what is ours is dropped later
            session.execute(statement)


def _drop_orphans(session: Any) -> None:
    names = "SELECT datname FROM pg_database UNION SELECT rolname FROM pg_roles"
    for (name,) in session.execute(
        f"SELECT * FROM ({names}) AS all_names(name) WHERE name ~ '^{OURS}[0-9]+_[0-9a-f]+$'"
    ):
        if int(name.removeprefix(OURS).partition("_")[0]) < time.time() - OLD:
            drop(session, name)


def _unusable(error: Exception) -> Problem:
    said = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
    return Problem(
        f"PostgreSQL at {VARIABLE} cannot be used: {said[:200]}." if store_url(VARIABLE)
        else f"The PostgreSQL of drills cannot be used: {said[:200]}.",
        f"Correct {VARIABLE}: its user must be allowed to make databases and roles. Or unset it: then one that was "
        "installed with pip is used.",
    )  # fmt: skip

"""A fresh PostgreSQL database for one run.

While a run lasts it holds an advisory lock named after its database. A database of ours without that lock belongs to
a run that was killed, and the next run drops it.
"""

import contextlib
import secrets
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from backroad.verifier.dependencies.lent import Lent
from backroad.verifier.dependencies.reachable import psycopg
from backroad.verifier.dependencies.sources import VARIABLES, Server, Unavailable

PREFIX = "backroad_"
COMMENT = "made by Backroad for one run of checks; dropped after it"
LOCK = 0x42524B44  # first half of the advisory locks' keys
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class LentDatabase(Lent):
    def __init__(self, server: Server, name: str, session: Any) -> None:
        super().__init__(server)
        self.name = name
        self._session = session  # holds the lock

    @classmethod
    def borrow(cls, server: Server) -> "LentDatabase":
        """Blocking: drop what killed runs have left, then make a database."""
        driver = psycopg()
        name = PREFIX + "".join(secrets.choice(LETTERS) for _ in range(12))
        try:
            session = driver.connect(server.url, autocommit=True, connect_timeout=5, application_name="backroad")
        except driver.Error as error:
            raise _cannot(server, f"be reached: {_line(error)}") from None
        try:
            _drop_orphans(driver, session)
            session.execute("SELECT pg_advisory_lock(%s, %s)", (LOCK, _key(name)))
            session.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
            session.execute(f"COMMENT ON DATABASE {name} IS '{COMMENT}'")
        except driver.Error as error:
            session.close()
            raise _cannot(server, f"make a database: {_line(error)}") from None
        return cls(server, name, session)

    def environment(self, port: int) -> Mapping[str, str]:
        """DATABASE_URL, and the variables that libpq and drivers built like it read."""
        parts = self.server.parts
        url = self._url("postgresql", port, self.name)
        password = unquote(parts.password or "")
        return {
            "DATABASE_URL": f"{url}?sslmode=disable",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(port),
            "PGUSER": unquote(parts.username or self._session.info.user),
            **({"PGPASSWORD": password} if password else {}),
            "PGDATABASE": self.name,
            "PGSSLMODE": "disable",
            "PGGSSENCMODE": "disable",
        }

    def give_back(self) -> None:
        session, self._session = self._session, None
        if session is None:
            return
        driver = psycopg()
        with contextlib.suppress(driver.Error):  # what is left is dropped by the next run
            session.execute(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
        with contextlib.suppress(driver.Error):
            session.close()


def _drop_orphans(driver: Any, session: Any) -> None:
    """Databases that carry our comment and whose lock nobody holds."""
    found = session.execute(
        "SELECT datname FROM pg_database WHERE datname ~ '^backroad_[a-z0-9]{12}$'"
        " AND shobj_description(oid, 'pg_database') = %s",
        (COMMENT,),
    ).fetchall()
    for (name,) in found:
        (free,) = session.execute("SELECT pg_try_advisory_lock(%s, %s)", (LOCK, _key(name))).fetchone()
        if free:
            with contextlib.suppress(driver.Error):  # it belongs to another role, say
                session.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            session.execute("SELECT pg_advisory_unlock(%s, %s)", (LOCK, _key(name)))


def _key(name: str) -> int:
    return zlib.crc32(name.encode()) - (1 << 31)  # a signed 32-bit number


def _cannot(server: Server, what: str) -> Unavailable:
    hint = f"Look at {VARIABLES['postgres']}: its user must be allowed to create databases." if server.lent else ""
    return Unavailable(f"The PostgreSQL server cannot {what}.", hint=hint)


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")

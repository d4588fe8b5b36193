"""Making a backup while the server runs."""

import os
import stat
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, select

from backroad import __version__
from backroad.backup import postgresql, sqlite
from backroad.backup.frames import CHUNK, FILE, MANIFEST, SUMMARY, TABLE, FileHead, Manifest, Summary, Writer
from backroad.backup.kinds import head_of, packer, tables
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.migrate import revision
from backroad.migrations import HEAD

_CHUNK = 1 << 20
_ROWS = 500
"""Rows that are in memory at a time."""


def backup(
    db: Database, home: Path, out: IO[bytes], now: datetime, progress: Callable[[str], None] = lambda what: None
) -> Summary:
    """Write all tables, as they are at one moment, and all files below `home`, as they are a moment later."""
    writer = Writer(out)
    engine = sqlite if db.is_sqlite else postgresql
    with engine.snapshot(db, home) as tx:
        schema = revision(tx)
        if schema != HEAD:
            raise Problem(
                f"The database has the schema {schema or 'of nothing'}; this version writes backups of {HEAD}.",
                "Run: backroad migrate",
                status=500,
            )
        writer.put(MANIFEST, Manifest(__version__, HEAD, now.isoformat(), tx.dialect.name))
        counts = {}
        for table in tables():
            progress(table.name)
            counts[str(table.name)] = _table(tx, writer, table)
    files = 0
    for path in files_below(home):
        progress(str(path.relative_to(home)))
        files += _file(writer, home, path, out)
    summary = Summary(counts, files)
    writer.put(SUMMARY, summary)
    writer.seal()
    return summary


def _table(tx: Connection, writer: Writer, table: Any) -> int:
    head = head_of(table)
    writer.put(TABLE, head)
    pack = packer(head)
    found = select(table).order_by(*table.primary_key)
    rows = tx.execute(found.execution_options(stream_results=True, yield_per=_ROWS))
    return writer.put_rows(pack(row) for row in rows)


def files_below(home: Path) -> Iterator[Path]:
    """Plain files, but for the database's own and those that are being written (their names begin with a dot)."""
    for folder, folders, names in os.walk(home):
        top = Path(folder) == home
        folders[:] = sorted(name for name in folders if not (name.startswith(".") or (top and name == "lost+found")))
        for name in sorted(names):
            path = Path(folder, name)
            if name.startswith(".") or (top and is_database(name)) or not stat.S_ISREG(path.lstat().st_mode):
                continue
            yield path


def is_database(name: str) -> bool:
    return name == "backroad.db" or name.startswith("backroad.db-")


def _file(writer: Writer, home: Path, path: Path, out: IO[bytes]) -> int:
    """1, or 0 if it went away meanwhile, or is the backup itself."""
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            if os.path.sameopenfile(file.fileno(), out.fileno()):
                return 0
            left = about.st_size
            writer.put(FILE, FileHead(os.fsencode(path.relative_to(home)), about.st_mode & 0o777, left))
            while left:
                chunk = file.read(min(_CHUNK, left))
                if not chunk:
                    raise Problem(f"{path} became shorter while it was read.", "Make the backup again.", status=500)
                writer.put(CHUNK, chunk)
                left -= len(chunk)
    except FileNotFoundError:
        return 0
    return 1

"""Taking a backup in: all of it or nothing, also if the machine is switched off in the middle."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, func, insert, inspect, select, text
from sqlalchemy.exc import DataError, IntegrityError

from backroad.backup import postgresql, sqlite, staging
from backroad.backup.frames import CHUNK, FILE, ROWS, TABLE, Manifest, Reader, Summary, damaged
from backroad.backup.kinds import table_of, unpacker
from backroad.backup.staging import Staging
from backroad.kit.db import Database, metadata
from backroad.kit.errors import Problem
from backroad.kit.migrate import NOTHING, known_revisions, move, revision
from backroad.migrations import HEAD

PASSES = 3
"""How often the file is read: to check it, for its files, for its rows."""


def restore(
    db: Database, home: Path, file: IO[bytes], *, replace: bool, seen: Callable[[int], None] = lambda count: None
) -> tuple[Manifest, Summary]:
    """The file is checked whole before anything of it is used. `seen` hears of the bytes that were read."""
    with staging.alone(home):
        _finish(db, home)
        reader = Reader(file, seen)
        manifest, summary = reader.check()
        if manifest.schema not in known_revisions():
            raise Problem(
                f"The backup was made by a newer Backroad (schema {manifest.schema[:20]}; this version knows up to "
                f"{HEAD}).",
                "Update Backroad and restore again. Nothing was changed.",
            )
        if not replace and staging.present(home):
            raise _not_empty(f"{home} holds files")
        number = secrets.randbelow(2**31 - 1) + 1
        staged = Staging(home, number)
        try:
            _stage(reader, staged)
            db.run_now(lambda tx: _Intake(tx, reader, manifest, summary).take(number, replace=replace))
        except BaseException:
            if staged.folder.exists() and not _is_in(db, number):
                staged.remove()
            raise
        staged.put_in_place()
        return manifest, summary


def finish(db: Database, home: Path) -> None:
    """After a crash: end what a restore began. To be called before a server starts."""
    if staging.begun(home):
        with staging.alone(home):
            _finish(db, home)


def _finish(db: Database, home: Path) -> None:
    for number, staged in staging.begun(home).items():
        if _is_in(db, number):
            staged.put_in_place()
        else:
            staged.remove()


def _is_in(db: Database, number: int) -> bool:
    engine = sqlite if db.is_sqlite else postgresql
    found: int = db.run_now(engine.marked)
    return found == number


def _stage(reader: Reader, staged: Staging) -> None:
    """Lay the files down aside."""
    staged.make()
    target, left = -1, 0
    try:
        for kind, value in reader.frames():
            if kind == FILE:
                if left:
                    raise damaged("a file is shorter than it says")
                if target >= 0:
                    _close(target)
                target, left = -1, value.size
                target = staged.begin(value)
            elif kind == CHUNK:
                left -= len(value)
                if target < 0 or left < 0:
                    raise damaged("a file is longer than it says")
                _write(target, value)
        if left:
            raise damaged("a file is shorter than it says")
    except OSError as error:
        raise Problem(
            f"The files cannot be written: {error.strerror}.",
            "Nothing was changed. Make room and try again.",
            status=507,
        ) from None
    finally:
        if target >= 0:
            _close(target)


def _write(target: int, data: bytes) -> None:
    while data:
        data = data[os.write(target, data) :]


def _close(target: int) -> None:
    try:
        os.fsync(target)
    finally:
        os.close(target)


class _Intake:
    """The tables, in one transaction."""

    def __init__(self, tx: Connection, reader: Reader, manifest: Manifest, summary: Summary) -> None:
        self.tx = tx
        self.reader = reader
        self.manifest = manifest
        self.summary = summary
        self.engine = sqlite if tx.dialect.name == "sqlite" else postgresql

    def take(self, number: int, *, replace: bool) -> None:
        self.engine.begin_restore(self.tx)
        if not replace:
            self._refuse_unless_empty()
        found = revision(self.tx)
        if found is not None:
            move(self.tx, NOTHING)
        move(self.tx, self.manifest.schema)
        counts = self._rows()
        if counts != self.summary.tables:
            raise damaged("it holds other rows than it says")
        move(self.tx, HEAD)
        self.engine.mark(self.tx, number)

    def _refuse_unless_empty(self) -> None:
        there = set(inspect(self.tx).get_table_names()) & set(metadata.tables)
        for name in sorted(there):
            if self.tx.execute(select(func.count()).select_from(text(f'"{name}"'))).scalar():
                raise _not_empty(f"the database holds rows (in {name})")

    def _rows(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        statement: Any = None
        unpack: Any = None
        name = ""
        for kind, value in self.reader.frames():
            if kind == TABLE:
                name = value.name
                if name in counts:
                    raise damaged(f"the table {name[:40]} is in it twice")
                counts[name], statement, unpack = 0, insert(table_of(value)), unpacker(value)
            elif kind == ROWS:
                if statement is None:
                    raise damaged("it holds rows of no table")
                self._insert(name, statement, [unpack(row) for row in value])
                counts[name] += len(value)
        return counts

    def _insert(self, name: str, statement: Any, rows: list[dict[str, Any]]) -> None:
        try:
            self.tx.execute(statement, rows)
        except (DataError, IntegrityError) as error:
            raise Problem(
                f"A row of {name} does not fit into this database ({type(error.orig).__name__}).",
                "Nothing was changed.",
                status=422,
            ) from None


def _not_empty(what: str) -> Problem:
    return Problem(
        f"Nothing was restored, because {what}.",
        "Restore into an empty database and data folder, or take the place of what is there with --replace.",
        status=409,
    )

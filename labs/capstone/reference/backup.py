"""Backups: one consistent snapshot of every table in a tar.gz, and the way back."""

import gzip
import hashlib
import os
import tarfile
import tempfile
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import msgspec
import psycopg
import schema
from database import Connection
from psycopg import sql

MANIFEST = "manifest.json"
LARGEST_MANIFEST = 1 << 20
CHUNK = 1 << 20
BROKEN = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile)


class Refused(Exception):
    """The backup or the database is not what it must be; nothing was changed."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    columns: list[str]
    rows: int
    sha256: str
    last_id: int | None  # of its sequence: also ids of rows that were deleted are never given again


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema_version: int
    made_at: datetime
    tables: list[Table]


def backup(db: Connection, target: Path) -> Manifest:
    """The service goes on meanwhile. The file is there whole or not at all: a job that was killed leaves no half."""
    db.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    db.read_only = True
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder, db.transaction():
        place = Path(folder)  # beside the target: renaming works only within one file system
        manifest = Manifest(
            schema.version(db), datetime.now(UTC), [copy_out(db, name, place) for name in schema.TABLES]
        )
        (place / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
        whole = place / "backup.tar.gz"
        whole.touch(mode=0o600)  # nobody else may read it: it holds all that the database does
        with whole.open("wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz") as archive:
                for name in (MANIFEST, *(f"{name}.copy" for name in schema.TABLES)):
                    archive.add(place / name, name)
            file.flush()
            os.fsync(file.fileno())
        whole.replace(target)
    sync_folder(target.parent)
    return manifest


def copy_out(db: Connection, name: str, folder: Path) -> Table:
    """In PostgreSQL's text format each row is one line, and any later version reads it."""
    columns = columns_of(db, name)
    query = sql.SQL("COPY (SELECT {} FROM {} ORDER BY id) TO STDOUT").format(listed(columns), sql.Identifier(name))
    rows, digest = 0, hashlib.sha256()
    with (folder / f"{name}.copy").open("xb") as file, db.cursor().copy(query) as copy:
        for block in copy:
            rows += bytes(block).count(b"\n")
            digest.update(block)
            file.write(block)
    return Table(name, columns, rows, digest.hexdigest(), last_id(db, name))


def restore(db: Connection, source: Path, *, replace: bool) -> Manifest:
    """Verifies everything, then loads it in one transaction: afterwards all of it is there, or nothing has changed."""
    with tempfile.TemporaryDirectory(prefix="restore-") as folder:
        manifest = unpack(source, Path(folder))
        if not replace:
            refuse_rows(db)
        for _ in schema.migrate(db):
            pass
        with db.transaction():
            db.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(listed(schema.TABLES)))
            if replace:
                db.execute(sql.SQL("TRUNCATE {}").format(listed(schema.TABLES)))
            else:
                refuse_rows(db)  # again, now that nobody can add one
            for table in manifest.tables:
                copy_in(db, table, Path(folder))
    return manifest


def unpack(source: Path, folder: Path) -> Manifest:
    """Every file of the archive, each proven whole. Only names that we expect are written."""
    try:
        with tarfile.open(source, "r:gz") as archive:
            members = iter(archive)
            first = next(members, None)
            if first is None or first.name != MANIFEST or not first.isfile() or first.size > LARGEST_MANIFEST:
                raise Refused("the file is no backup of this program")
            with contents(archive, first) as file:
                manifest = msgspec.json.decode(file.read(), type=Manifest)
            check(manifest)
            for table in manifest.tables:
                save(archive, next(members, None), table, folder)
            if next(members, None) is not None:
                raise Refused("the backup holds more than its manifest names")
        with gzip.open(source) as stream:  # to its end, where the checksum of the whole stands
            while stream.read(CHUNK):
                pass
    except (*BROKEN, msgspec.MsgspecError, UnicodeDecodeError):
        raise Refused("the backup is broken or cut off") from None
    return manifest


def check(manifest: Manifest) -> None:
    if not 1 <= manifest.schema_version <= schema.NEEDED:
        raise Refused(
            f"the backup has schema version {manifest.schema_version}; this program knows 1 to {schema.NEEDED}"
        )
    if [table.name for table in manifest.tables] != list(schema.TABLES):
        raise Refused("the backup does not hold the tables of this program")


def save(archive: tarfile.TarFile, member: tarfile.TarInfo | None, table: Table, folder: Path) -> None:
    if member is None or member.name != f"{table.name}.copy" or not member.isfile():
        raise Refused(f"the backup holds no rows of {table.name}")
    rows, digest = 0, hashlib.sha256()
    with contents(archive, member) as file, (folder / member.name).open("xb") as out:
        while block := file.read(CHUNK):
            rows += block.count(b"\n")
            digest.update(block)
            out.write(block)
    if (rows, digest.hexdigest()) != (table.rows, table.sha256):
        raise Refused(f"the rows of {table.name} are not those that were backed up")


def copy_in(db: Connection, table: Table, folder: Path) -> None:
    if unknown := set(table.columns) - set(columns_of(db, table.name)):
        raise Refused(f"{table.name} has no column {', '.join(sorted(unknown))}")
    query = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), listed(table.columns))
    with (folder / f"{table.name}.copy").open("rb") as file, db.cursor().copy(query) as copy:
        while block := file.read(CHUNK):
            copy.write(block)
    if table.last_id is not None:
        db.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", (table.name, table.last_id))


def refuse_rows(db: Connection) -> None:
    for name in schema.TABLES:
        there = db.execute("SELECT to_regclass(%s) IS NOT NULL", (name,)).fetchone() == (True,)
        if there and db.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(name))).fetchone():
            raise Refused(f"the database already holds {name}; --replace would delete them")


def columns_of(db: Connection, name: str) -> list[str]:
    found = db.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(sql.Identifier(name))).description
    return [column.name for column in found or ()]


def last_id(db: Connection, name: str) -> int | None:
    """Where the sequence stands. It is outside of the snapshot, and so never behind the rows in it."""
    [(sequence,)] = db.execute("SELECT pg_get_serial_sequence(%s, 'id')", (name,)).fetchall()
    if sequence is None:
        return None
    [(last, used)] = db.execute(f"SELECT last_value, is_called FROM {sequence}".encode()).fetchall()
    return int(last) if used else None


def listed(names: list[str] | tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def contents(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(member)
    if file is None:
        raise Refused(f"{member.name} is no file")
    return file


def sync_folder(folder: Path) -> None:
    """So that the new name survives a power cut too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

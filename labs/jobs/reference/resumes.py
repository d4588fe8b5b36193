"""Résumés: a row for each, and its bytes in a file with a name of our own."""

import os
import time
import uuid
from pathlib import Path

import msgspec
from database import Session
from people import Person
from refusals import InUse, Unknown

COLUMNS = "position, id, owner, name, size, created_at"
UNDER_WAY = 60  # seconds in which another process may be about to add the row
READABLE = {  # by whom: its owner, and recruiters to whom it was sent with an application
    "candidate": "owner = ?",
    "recruiter": (
        "id IN (SELECT a.resume FROM applications AS a JOIN postings AS p ON p.id = a.posting WHERE p.recruiter = ?)"
    ),
}


class Resume(msgspec.Struct, frozen=True):
    position: int
    id: str
    owner: str
    name: str
    size: int
    created_at: int


class Files:
    def __init__(self, folder: Path) -> None:
        self._folder = folder / "resumes"
        self._folder.mkdir(parents=True, exist_ok=True)

    def path(self, resume: str) -> Path:
        """The client's name of a file is text to show, and never a part of a path."""
        return self._folder / resume

    def write(self, resume: str, content: bytes) -> None:
        """On the disk when this returns."""
        with self.path(resume).open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def read(self, resume: str) -> bytes:
        try:
            return self.path(resume).read_bytes()
        except FileNotFoundError:  # deleted since it was looked up
            raise Unknown from None

    def remove(self, resume: str) -> None:
        self.path(resume).unlink(missing_ok=True)

    def sweep(self, db: Session) -> None:
        """Files that a crash has left without a row."""
        known = {row[0] for row in db.rows("SELECT id FROM resumes")}
        for path in self._folder.iterdir():
            if path.name not in known and path.stat().st_mtime < time.time() - UNDER_WAY:
                path.unlink(missing_ok=True)


def add(db: Session, files: Files, owner: Person, name: str, content: bytes, now: int) -> Resume:
    """The file first: a row without its file would be a broken promise, a file without its row is swept away."""
    resume = str(uuid.uuid4())
    files.write(resume, content)
    try:
        sql = f"INSERT INTO resumes (id, owner, name, size, created_at) VALUES (?, ?, ?, ?, ?) RETURNING {COLUMNS}"
        return Resume(*db.row(sql, resume, owner.id, name, len(content), now))
    except BaseException:
        files.remove(resume)
        raise


def page(db: Session, owner: Person, limit: int, before: int) -> list[Resume]:
    sql = f"SELECT {COLUMNS} FROM resumes WHERE owner = ? AND position < ? ORDER BY position DESC LIMIT ?"
    return [Resume(*row) for row in db.rows(sql, owner.id, before, limit)]


def find(db: Session, person: Person, resume: str) -> Resume:
    row = db.row(f"SELECT {COLUMNS} FROM resumes WHERE id = ? AND {READABLE[person.role]}", resume, person.id)
    if row is None:
        raise Unknown
    return Resume(*row)


def remove(db: Session, owner: Person, resume: str) -> None:
    if not db.row(f"SELECT 1 FROM resumes WHERE id = ? AND owner = ?{db.for_update}", resume, owner.id):
        raise Unknown
    if db.row("SELECT 1 FROM applications WHERE resume = ? LIMIT 1", resume):
        raise InUse
    db.change("DELETE FROM resumes WHERE id = ?", resume)


def of_ids(db: Session, ids: list[str]) -> dict[str, Resume]:
    rows = db.rows(f"SELECT {COLUMNS} FROM resumes WHERE id IN ({', '.join('?' for _ in ids)})", *ids)
    return {row[1]: Resume(*row) for row in rows}

"""People, projects and tasks: every statement there is. Everything is looked up "of this owner"."""

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from database import Session

SCHEMA = """
CREATE TABLE IF NOT EXISTS people (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    token_hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS projects (
    seq {serial},
    slug TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL REFERENCES people (id),
    name TEXT NOT NULL,
    description TEXT,
    budget BIGINT,
    external_id BIGINT,
    due_at BIGINT,
    version BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS projects_of_owner ON projects (owner, seq);
CREATE TABLE IF NOT EXISTS tasks (
    seq {serial},
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL REFERENCES people (id),
    project BIGINT NOT NULL REFERENCES projects (seq) ON DELETE CASCADE,
    title TEXT {by_code_point} NOT NULL,
    status TEXT NOT NULL,
    priority BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS tasks_of_owner ON tasks (owner, seq);
CREATE INDEX IF NOT EXISTS tasks_of_project ON tasks (project, seq);
CREATE INDEX IF NOT EXISTS tasks_by_priority ON tasks (owner, priority, seq);
CREATE INDEX IF NOT EXISTS tasks_by_title ON tasks (owner, title, seq);
CREATE TABLE IF NOT EXISTS requests (
    owner TEXT NOT NULL REFERENCES people (id),
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    answer TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (owner, key)
);
"""
DIALECTS = {
    "Lite": {"serial": "INTEGER PRIMARY KEY AUTOINCREMENT", "by_code_point": ""},
    "Postgres": {"serial": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "by_code_point": 'COLLATE "C"'},
}
PROJECT = "seq, slug, name, description, budget, external_id, due_at, version, created_at"
TASK = "tasks.seq, id, slug, title, status, priority, tasks.version, tasks.created_at"
TASKS = "tasks JOIN projects ON projects.seq = tasks.project"
PLACES = {"created_at": ("tasks.seq",), "priority": ("priority", "tasks.seq"), "title": ("title", "tasks.seq")}


class Project(msgspec.Struct, frozen=True):
    """Times are in milliseconds since 1970, the budget in hundredths."""

    seq: int
    slug: str
    name: str
    description: str | None
    budget: int | None
    external_id: int | None
    due_at: int | None
    version: int
    created_at: int

    @property
    def etag(self) -> str:
        """The number too, so that a slug that was deleted and claimed again is not taken for the old project."""
        return f'"p{self.seq}-v{self.version}"'


class Task(msgspec.Struct, frozen=True):
    seq: int
    id: str
    project: str
    title: str
    status: str
    priority: int
    version: int
    created_at: int

    @property
    def etag(self) -> str:
        return f'"{self.id}-{self.version}"'


class Unknown(Exception):
    """There is no such thing, or it is somebody else's: the two must look the same."""


class Stranger(Exception):
    """No token, or not one of ours."""


class Stale(Exception):
    """The thing has changed since the client read it."""


class Reused(Exception):
    """The idempotency key came with another request before."""


Fits = Callable[[str], bool]  # whether an ETag is one that the client wants


def prepare(db: Session) -> None:
    for statement in SCHEMA.format(**DIALECTS[type(db).__name__]).split(";")[:-1]:
        db.do(statement)


def now() -> int:
    return time.time_ns() // 1_000_000


def ping(db: Session) -> None:
    db.rows("SELECT 1")


def sign_up(db: Session, name: str, email: str) -> tuple[str, str]:
    """(id, token). Only the hash is kept. The token is random, so a fast hash is enough."""
    person, token = secrets.token_hex(8), secrets.token_urlsafe(24)
    db.do("INSERT INTO people VALUES (?, ?, ?, ?, ?)", person, name, email.lower(), hashed(token), now())
    return person, token


def owner_of(db: Session, token: str) -> str:
    rows = db.rows("SELECT id FROM people WHERE token_hash = ?", hashed(token))
    if not rows:
        raise Stranger
    return str(rows[0][0])


def person(db: Session, owner: str) -> tuple[str, str, str, int]:
    [row] = db.rows("SELECT id, name, email, created_at FROM people WHERE id = ?", owner)
    return row[0], row[1], row[2], row[3]


def add_project(db: Session, owner: str, draft: dict[str, Any]) -> Project:
    """With its first tasks, if the draft has some: all of it or nothing."""
    slug = draft.get("slug") or f"p-{secrets.token_hex(6)}"
    columns = ("name", "description", "budget", "external_id", "due_at")
    statement = (
        f"INSERT INTO projects (slug, owner, {', '.join(columns)}, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        f" RETURNING {PROJECT}"
    )
    [row] = db.rows(statement, slug, owner, *map(draft.get, columns), now())
    project = Project(*row)
    if draft.get("tasks"):
        insert_tasks(db, owner, project, draft["tasks"])
    return project


def find_project(db: Session, owner: str, slug: str, *, lock: bool = False) -> Project:
    statement = f"SELECT {PROJECT} FROM projects WHERE slug = ? AND owner = ?"
    rows = db.rows(statement + (db.lock if lock else ""), slug, owner)
    if not rows:
        raise Unknown(slug)
    return Project(*rows[0])


def list_projects(db: Session, owner: str, limit: int, before: int) -> list[Project]:
    """Newest first, of those with a number below `before`: a place in the order, which inserts do not move."""
    statement = f"SELECT {PROJECT} FROM projects WHERE owner = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
    return [Project(*row) for row in db.rows(statement, owner, before, limit)]


def change_project(db: Session, owner: str, slug: str, changes: dict[str, Any], fits: Fits) -> Project:
    project = find_project(db, owner, slug, lock=True)
    if not fits(project.etag):
        raise Stale(slug)
    new = msgspec.structs.replace(project, version=project.version + 1, **changes)
    db.do(
        "UPDATE projects SET name = ?, description = ?, budget = ?, external_id = ?, due_at = ?, version = ?"
        " WHERE seq = ?",
        new.name, new.description, new.budget, new.external_id, new.due_at, new.version, new.seq,
    )  # fmt: skip
    return new


def remove_project(db: Session, owner: str, slug: str, fits: Fits) -> None:
    """Its tasks go with it (ON DELETE CASCADE)."""
    project = find_project(db, owner, slug, lock=True)
    if not fits(project.etag):
        raise Stale(slug)
    db.do("DELETE FROM projects WHERE seq = ?", project.seq)


def add_task(db: Session, owner: str, slug: str, draft: dict[str, Any]) -> Task:
    project = find_project(db, owner, slug, lock=True)  # it must not be deleted meanwhile
    [id_] = insert_tasks(db, owner, project, [draft])
    return find_task(db, owner, id_)


def insert_tasks(db: Session, owner: str, project: Project, drafts: list[dict[str, Any]]) -> list[str]:
    """One statement for all of them."""
    made = [(secrets.token_hex(8), draft) for draft in drafts]
    statement = "INSERT INTO tasks (id, owner, project, title, status, priority, created_at) VALUES "
    values = [
        value
        for id_, draft in made
        for value in (
            id_, owner, project.seq, draft["title"], draft.get("status", "todo"), draft.get("priority", 3), now()
        )
    ]  # fmt: skip
    db.do(statement + ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * len(made)), *values)
    return [id_ for id_, _ in made]


def find_task(db: Session, owner: str, id_: str, *, lock: bool = False) -> Task:
    statement = f"SELECT {TASK} FROM {TASKS} WHERE id = ? AND tasks.owner = ?"
    rows = db.rows(statement + (f"{db.lock} OF tasks" if lock and db.lock else ""), id_, owner)
    if not rows:
        raise Unknown(id_)
    return Task(*rows[0])


def list_tasks(
    db: Session, owner: str, limit: int, only: dict[str, Any], sort: tuple[str, bool], after: list[Any] | None
) -> list[Task]:
    """The names of columns come from the tables above, the values from the client."""
    places, down = PLACES[sort[0]], sort[1]
    columns = {"project": "slug", "status": "status", "priority": "priority"}
    conditions = ["tasks.owner = ?", *(f"{columns[name]} = ?" for name in only)]
    values: list[Any] = [owner, *only.values()]
    if after is not None:
        marks = ", ".join("?" * len(places))
        conditions.append(f"({', '.join(places)}) {'<' if down else '>'} ({marks})")
        values += after
    order = ", ".join(f"{place} {'DESC' if down else 'ASC'}" for place in places)
    statement = f"SELECT {TASK} FROM {TASKS} WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT ?"
    return [Task(*row) for row in db.rows(statement, *values, limit)]


def change_task(db: Session, owner: str, id_: str, change: Callable[[Task], dict[str, Any]], fits: Fits) -> Task:
    """`change` says which fields become what, of the task as it is now."""
    task = find_task(db, owner, id_, lock=True)
    if not fits(task.etag):
        raise Stale(id_)
    new = msgspec.structs.replace(task, version=task.version + 1, **change(task))
    statement = "UPDATE tasks SET title = ?, status = ?, priority = ?, version = ? WHERE seq = ?"
    db.do(statement, new.title, new.status, new.priority, new.version, new.seq)
    return new


def remove_task(db: Session, owner: str, id_: str, fits: Fits) -> None:
    task = find_task(db, owner, id_, lock=True)
    if not fits(task.etag):
        raise Stale(id_)
    db.do("DELETE FROM tasks WHERE seq = ?", task.seq)


def mark_tasks(db: Session, owner: str, ids: Iterable[str], status: str) -> int:
    """All or none. In the order of their ids: two who lock the same rows in another order wait for each other."""
    changed = 0
    for id_ in sorted(set(ids)):
        statement = "UPDATE tasks SET status = ?, version = version + 1 WHERE id = ? AND owner = ?"
        if not db.do(statement, status, id_, owner):
            raise Unknown(id_)
        changed += 1
    return changed


def report(db: Session, owner: str) -> tuple[int, dict[str, int]]:
    [[projects]] = db.rows("SELECT count(*) FROM projects WHERE owner = ?", owner)
    rows = db.rows("SELECT status, count(*) FROM tasks WHERE owner = ? GROUP BY status", owner)
    return projects, {row[0]: row[1] for row in rows}


def once(db: Session, owner: str, key: str, fingerprint: str, work: Callable[[Session], str]) -> str:
    """What `work` answers, or answered when this key came first. Key and work are one transaction.

    Of two at once the second waits at the insert until the first is through.
    """
    statement = (
        "INSERT INTO requests (owner, key, fingerprint, created_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (owner, key) DO NOTHING"
    )
    if db.do(statement, owner, key, fingerprint, now()):
        answer = work(db)
        db.do("UPDATE requests SET answer = ? WHERE owner = ? AND key = ?", answer, owner, key)
        return answer
    [[known, answer]] = db.rows("SELECT fingerprint, answer FROM requests WHERE owner = ? AND key = ?", owner, key)
    if known != fingerprint:
        raise Reused(key)
    return str(answer)


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()

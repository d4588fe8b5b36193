"""People, articles and what ties them together, in SQLite: one file, one writer."""

import asyncio
import json
import re
import secrets
import sqlite3
import time
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from schema import SCHEMA

P = ParamSpec("P")
T = TypeVar("T")

AUTHOR = """
json_object('username', u.username, 'bio', u.bio, 'image', u.image,
    'following', json(iif(EXISTS (SELECT 1 FROM follows WHERE follower = :me AND followed = u.id), 'true', 'false')))
"""
SHOWN = f"""
SELECT a.id, a.slug, a.title, a.description, a.body, a.created_at, a.updated_at, a.author, {AUTHOR},
    (SELECT json_group_array(name) FROM (SELECT name FROM tags WHERE article = a.id ORDER BY position)),
    (SELECT count(*) FROM favorites WHERE article = a.id),
    EXISTS (SELECT 1 FROM favorites WHERE article = a.id AND user = :me)
FROM articles a JOIN users u ON u.id = a.author
"""
FILTERS = {
    "tag": "EXISTS (SELECT 1 FROM tags WHERE article = a.id AND name = :tag)",
    "author": "u.username = :author",
    "favorited": "EXISTS (SELECT 1 FROM favorites f JOIN users v ON v.id = f.user"
    " WHERE f.article = a.id AND v.username = :favorited)",
    "feed": "EXISTS (SELECT 1 FROM follows WHERE follower = :me AND followed = a.author)",
}


class Unknown(Exception):
    """There is no such thing. Its text says what."""


class Forbidden(Exception):
    """It belongs to somebody else."""


class Taken(Exception):
    """Somebody else has this already. Its text says what."""


Fields = dict[str, Any]


class Store:
    def __init__(self, folder: Path) -> None:
        # One thread does all the work: what it does is brief, and there is nobody to race with.
        self._thread = ThreadPoolExecutor(1, "store")
        self._db = sqlite3.connect(folder / "blog.db", isolation_level=None, check_same_thread=False, timeout=10)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(SCHEMA)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs one of the methods below on the store's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))

    def close(self) -> None:
        self._thread.shutdown()
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException as error:
            self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.IntegrityError) and "users." in str(error):
                raise Taken("email" if "users.email" in str(error) else "username") from None
            raise
        self._db.execute("COMMIT")

    def _row(self, query: str, **values: Any) -> Any:
        return self._db.execute(query, values).fetchone()

    # People

    def add_user(self, username: str, email: str, password: str) -> int:
        with self._transaction() as db:
            row = db.execute(
                "INSERT INTO users (username, email, password) VALUES (?, ?, ?) RETURNING id",
                (username, email, password),
            ).fetchone()
            return int(row[0])

    def password_of(self, email: str) -> tuple[int, str] | None:
        """(user, what was kept of the password)"""
        row: tuple[int, str] | None = self._row(
            "SELECT id, password FROM users WHERE email = lower(:email)", email=email
        )
        return row

    def user(self, user: int) -> Fields:
        row = self._row("SELECT email, username, bio, image FROM users WHERE id = :user", user=user)
        if row is None:
            raise Unknown("user")
        return dict(zip(("email", "username", "bio", "image"), row, strict=True))

    def change_user(self, user: int, changes: Fields) -> None:
        with self._transaction() as db:
            for name in ("username", "email", "password", "bio", "image"):
                if name in changes:
                    db.execute(f"UPDATE users SET {name} = ? WHERE id = ?", (changes[name], user))

    def profile(self, me: int, username: str) -> Fields:
        row = self._row(f"SELECT {AUTHOR} FROM users u WHERE username = :username", me=me, username=username)
        if row is None:
            raise Unknown("profile")
        return dict(json.loads(row[0]))

    def follow(self, me: int, username: str, *, follows: bool) -> Fields:
        verb = "INSERT OR IGNORE INTO follows SELECT ?, id FROM users WHERE username = ?"
        undo = "DELETE FROM follows WHERE follower = ? AND followed = (SELECT id FROM users WHERE username = ?)"
        with self._transaction() as db:
            db.execute(verb if follows else undo, (me, username))
            return self.profile(me, username)

    # Articles

    def articles(self, me: int, filters: Fields, limit: int, offset: int) -> tuple[list[Fields], int]:
        """(a page of them, newest first and without their bodies; how many there are in all)"""
        where = " AND ".join(FILTERS[name] for name in filters) or "TRUE"
        values = {"me": me, "limit": limit, "offset": offset, **filters}
        query = f"{SHOWN} WHERE {where} ORDER BY a.id DESC LIMIT :limit OFFSET :offset"
        rows = self._db.execute(query, values).fetchall()
        [count] = self._row(f"SELECT count(*) FROM articles a JOIN users u ON u.id = a.author WHERE {where}", **values)
        return [show(row, with_body=False) for row in rows], count

    def article(self, me: int, slug: str) -> Fields:
        return show(self._article(me, slug), with_body=True)

    def _article(self, me: int, slug: str) -> Any:
        row = self._row(f"{SHOWN} WHERE a.slug = :slug", me=me, slug=slug)
        if row is None:
            raise Unknown("article")
        return row

    def add_article(self, me: int, draft: Fields) -> Fields:
        now = time.time_ns() // 1_000_000
        with self._transaction() as db:
            slug = self._free_slug(draft["title"])
            values = (slug, me, draft["title"], draft["description"], draft["body"], now, now)
            query = "INSERT INTO articles (slug, author, title, description, body, created_at, updated_at)"
            [article] = db.execute(f"{query} VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id", values).fetchone()
            tags = [(article, position, name) for position, name in enumerate(draft.get("tagList", []))]
            db.executemany("INSERT INTO tags VALUES (?, ?, ?)", tags)
            return self.article(me, slug)

    def change_article(self, me: int, slug: str, changes: Fields) -> Fields:
        with self._transaction() as db:
            article = self._own(me, slug)
            title = changes.get("title", article[2])
            new = slug if title == article[2] else self._free_slug(title)
            now = max(time.time_ns() // 1_000_000, article[6] + 1)
            values = (
                new,
                title,
                changes.get("description", article[3]),
                changes.get("body", article[4]),
                now,
                article[0],
            )
            query = "UPDATE articles SET slug = ?, title = ?, description = ?, body = ?, updated_at = ? WHERE id = ?"
            db.execute(query, values)
            return self.article(me, new)

    def remove_article(self, me: int, slug: str) -> None:
        with self._transaction() as db:
            db.execute("DELETE FROM articles WHERE id = ?", (self._own(me, slug)[0],))

    def _own(self, me: int, slug: str) -> Any:
        article = self._article(me, slug)
        if article[7] != me:
            raise Forbidden("article")
        return article

    def _free_slug(self, title: str) -> str:
        """Within a transaction, so that nobody takes it meanwhile."""
        plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
        slug = stem = re.sub(r"[^a-z0-9]+", "-", plain)[:80].strip("-") or "article"
        while slug == "feed" or self._row("SELECT 1 FROM articles WHERE slug = :slug", slug=slug):
            slug = f"{stem}-{secrets.token_hex(4)}"
        return slug

    def favorite(self, me: int, slug: str, *, likes: bool) -> Fields:
        """Any number of times is once."""
        verb = "INSERT OR IGNORE INTO favorites VALUES (?, ?)"
        undo = "DELETE FROM favorites WHERE article = ? AND user = ?"
        with self._transaction() as db:
            db.execute(verb if likes else undo, (self._article(me, slug)[0], me))
            return self.article(me, slug)

    def tags(self) -> list[str]:
        """The most used first."""
        return [row[0] for row in self._db.execute("SELECT name FROM tags GROUP BY name ORDER BY count(*) DESC, name")]

    # Comments

    def comments(self, me: int, slug: str, only: int | None = None) -> list[Fields]:
        query = f"SELECT c.id, c.body, c.created_at, {AUTHOR} FROM comments c JOIN users u ON u.id = c.author"
        values = {"me": me, "article": self._article(me, slug)[0], "only": only}
        where = "WHERE c.article = :article AND (:only IS NULL OR c.id = :only) ORDER BY c.id DESC"
        return [show_comment(row) for row in self._db.execute(f"{query} {where}", values)]

    def add_comment(self, me: int, slug: str, body: str) -> Fields:
        with self._transaction() as db:
            values = (self._article(me, slug)[0], me, body, time.time_ns() // 1_000_000)
            query = "INSERT INTO comments (article, author, body, created_at) VALUES (?, ?, ?, ?) RETURNING id"
            [comment] = db.execute(query, values).fetchone()
            return self.comments(me, slug, only=comment)[0]

    def remove_comment(self, me: int, slug: str, comment: int) -> None:
        with self._transaction() as db:
            article = self._article(me, slug)[0]
            row = self._row("SELECT author FROM comments WHERE id = :id AND article = :at", id=comment, at=article)
            if row is None:
                raise Unknown("comment")
            if row[0] != me:
                raise Forbidden("comment")
            db.execute("DELETE FROM comments WHERE id = ?", (comment,))

    # Money

    def reserve(self, me: int, tokens: int, most: int) -> bool:
        """Look and write in one transaction: ten calls at once cannot all find the same money."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO spending VALUES (?, ?, 0)", (me, today()))
            query = "UPDATE spending SET tokens = tokens + ? WHERE user = ? AND day = ? AND tokens + ? <= ?"
            return db.execute(query, (tokens, me, today(), tokens, most)).rowcount == 1

    def give_back(self, me: int, tokens: int) -> None:
        with self._transaction() as db:
            query = "UPDATE spending SET tokens = max(0, tokens - ?) WHERE user = ? AND day = ?"
            db.execute(query, (tokens, me, today()))


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def show(row: Any, *, with_body: bool) -> Fields:
    _, slug, title, description, body, created_at, updated_at, _, author, tags, count, mine = row
    return {
        "slug": slug,
        "title": title,
        "description": description,
        **({"body": body} if with_body else {}),
        "tagList": json.loads(tags),
        "createdAt": show_time(created_at),
        "updatedAt": show_time(updated_at),
        "favorited": bool(mine),
        "favoritesCount": count,
        "author": json.loads(author),
    }


def show_comment(row: Any) -> Fields:
    number, body, created_at, author = row
    when = show_time(created_at)
    return {"id": number, "createdAt": when, "updatedAt": when, "body": body, "author": json.loads(author)}


def show_time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""One transaction a function, whoever else writes."""

import asyncio
import ctypes
import os
import resource
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, insert, select
from sqlalchemy.exc import OperationalError

from backroad.kit import rows
from backroad.kit.db import Database, UtcDateTime, sqlite_url
from backroad.kit.errors import Problem
from tests.postgresql import postgresql_url
from tests.serving import backroad, free_port

thing = Table(
    "thing",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", String(20), nullable=False),
    Column("at", UtcDateTime),
)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    made = Database(sqlite_url(tmp_path / "test.db"))
    made.run_now(thing.create)
    yield made
    made.close()


def names(tx: Connection) -> list[str]:
    return list(tx.execute(select(thing.c.name).order_by(thing.c.id)).scalars())


def add(tx: Connection, name: str) -> None:
    tx.execute(insert(thing).values(name=name))


def test_what_returns_is_kept_and_what_raises_is_not(db: Database) -> None:
    db.run_now(lambda tx: add(tx, "kept"))

    def half(tx: Connection) -> None:
        add(tx, "half")
        raise Problem("No.")

    with pytest.raises(Problem, match=r"No\."):
        db.run_now(half)
    assert db.run_now(names) == ["kept"]
    with pytest.raises(Problem, match=r"No\."):
        asyncio.run(db.run(half))
    assert db.run_now(names) == ["kept"]


def test_an_event_loop_waits_without_blocking(db: Database) -> None:
    async def both() -> list[str]:
        ticks = []

        async def tick() -> None:
            for _ in range(5):
                ticks.append("tick")
                await asyncio.sleep(0.01)

        await asyncio.gather(db.run(lambda tx: time.sleep(0.1)), tick())
        return ticks

    assert len(asyncio.run(both())) == 5


def test_moments_are_kept_in_utc_and_need_a_zone(db: Database) -> None:
    moment = datetime(2027, 1, 4, 1, 30, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    db.run_now(lambda tx: tx.execute(insert(thing).values(name="a", at=moment)))
    found = db.run_now(lambda tx: tx.execute(select(thing.c.at)).scalar())
    assert found == moment
    assert found.tzinfo is UTC
    with pytest.raises(Exception, match="needs a time zone"):
        db.run_now(lambda tx: tx.execute(insert(thing).values(name="b", at=datetime(2027, 1, 4))))


def test_put_overwrites_and_add_new_does_not(db: Database) -> None:
    def write(tx: Connection) -> list[object]:
        rows.put(tx, thing, {"id": 1, "name": "first", "at": None})
        rows.put(tx, thing, {"id": 1, "name": "second", "at": None})
        return [
            names(tx),
            rows.add_new(tx, thing, {"id": 1, "name": "third", "at": None}),
            rows.add_new(tx, thing, {"id": 2, "name": "fourth", "at": None}),
            names(tx),
        ]

    assert db.run_now(write) == [["second"], False, True, ["second", "fourth"]]


def test_a_writer_waits_for_the_one_before_it(db: Database, tmp_path: Path) -> None:
    """Transactions take the write lock when they begin, so that none fails half way."""
    other = Database(sqlite_url(tmp_path / "test.db"))
    holds = threading.Event()

    def slowly(tx: Connection) -> None:
        add(tx, "first")
        holds.set()
        time.sleep(0.3)

    thread = threading.Thread(target=lambda: other.run_now(slowly))
    thread.start()
    holds.wait(5)
    db.run_now(lambda tx: add(tx, "second"))
    thread.join()
    assert db.run_now(names) == ["first", "second"]
    other.close()


COUNT = """
import sys
from pathlib import Path
from sqlalchemy import text
from backroad.kit.db import Database, sqlite_url
db = Database(sqlite_url(Path(sys.argv[1])))
def one_more(tx):
    number = tx.execute(text("SELECT count(*) FROM thing")).scalar()
    tx.execute(text("INSERT INTO thing (id, name) VALUES (:id, :name)"), {"id": number + 1, "name": sys.argv[2]})
for _ in range(100):
    db.run_now(one_more)
db.close()
"""


@pytest.mark.slow
def test_two_processes_writing_at_once_lose_nothing(db: Database, tmp_path: Path) -> None:
    """Each reads the count and writes the next number: a lost update would be a duplicate key."""
    command = [sys.executable, "-c", COUNT, str(tmp_path / "test.db")]
    writers = [subprocess.Popen([*command, name], stderr=subprocess.PIPE, text=True) for name in ("a", "b")]
    assert [writer.communicate(timeout=60)[1] for writer in writers] == ["", ""]
    found = db.run_now(names)
    assert len(found) == 200
    assert (found.count("a"), found.count("b")) == (100, 100)


@pytest.mark.slow
def test_two_first_commands_at_once_make_one_database(tmp_path: Path) -> None:
    homes = tmp_path / "home"
    with_label = [threading.Thread(target=lambda: ended.append(backroad(homes, "doctor", "--json"))) for _ in range(3)]
    ended: list[subprocess.CompletedProcess[str]] = []
    for thread in with_label:
        thread.start()
    for thread in with_label:
        thread.join()
    assert [one.returncode for one in ended] == [0, 0, 0], [one.stderr + one.stdout for one in ended]


def test_a_busy_database_is_told(db: Database, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "test.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with db.engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute("PRAGMA busy_timeout = 50")
        with pytest.raises(Problem, match="The database is busy") as told:
            db.run_now(names)
        assert told.value.status == 503
        other.execute("ROLLBACK")
    other.close()


def test_our_own_mistakes_are_not_dressed_up(db: Database) -> None:
    with pytest.raises(OperationalError, match="no such table"):
        db.run_now(lambda tx: tx.exec_driver_sql("SELECT * FROM nowhere"))


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_told_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "damaged.db"
    path.write_bytes(content)
    broken = Database(sqlite_url(path))
    with pytest.raises(Problem, match="The database file is damaged"):
        broken.run_now(names)
    broken.close()
    assert path.read_bytes() == content
    assert [one.name for one in tmp_path.iterdir()] == ["damaged.db"]


def as_an_ordinary_user() -> None:
    """In the child, before it runs: root without the right to write everywhere."""
    if os.geteuid() == 0:
        override, drop = 1, 24  # CAP_DAC_OVERRIDE, PR_CAPBSET_DROP
        assert ctypes.CDLL(None).prctl(drop, override, 0, 0, 0) == 0


@pytest.mark.slow
@pytest.mark.parametrize("command", ["today", "start"])
@pytest.mark.parametrize("made", [False, True])
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, command: str, made: bool) -> None:
    home = tmp_path / "home"
    home.mkdir()
    if made:
        assert backroad(home, "doctor").returncode == 0
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    for path in home.iterdir():
        path.chmod(0o444)
    home.chmod(0o555)
    more = ["--no-browser", "--port", str(free_port())] if command == "start" else []
    ended = backroad(home, command, *more, preexec_fn=as_an_ordinary_user)
    home.chmod(0o755)
    assert ended.returncode == 1, ended.stderr
    assert "cannot be opened" in ended.stderr or "cannot be written" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.splitlines()) <= 2, ended.stderr
    assert {path.name: path.read_bytes() for path in home.iterdir()} == before


@pytest.mark.slow
@pytest.mark.parametrize("command", ["today", "start"])
@pytest.mark.parametrize("damage", ["garbage", "folder", "newer", "empty page"])
def test_what_is_wrong_with_the_file_is_one_sentence(tmp_path: Path, command: str, damage: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    file = home / "backroad.db"
    said = "The database file is damaged"
    if damage == "garbage":
        file.write_bytes(b"\x00\xff" * 4096)
    elif damage == "folder":
        file.mkdir()
        said = "cannot be opened"
    else:
        assert backroad(home, "doctor").returncode == 0
        if damage == "newer":
            with sqlite3.connect(file) as connection:
                connection.execute("UPDATE alembic_version SET version_num = '9999'")
            connection.close()
            said = "written by a newer Backroad (schema 9999"
        else:
            content = file.read_bytes()
            file.write_bytes(content[:100] + b"\x00" * 4000 + content[4100:])
    before = file.read_bytes() if file.is_file() else None
    more = ["--no-browser", "--port", str(free_port())] if command == "start" else []
    ended = backroad(home, command, *more)
    assert ended.returncode == 1, ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.splitlines()) <= 2, ended.stderr
    assert (file.read_bytes() if file.is_file() else None) == before


@pytest.mark.slow
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """A limit on the size of files stands in for the end of the disk."""
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (40_960, 40_960))
    ended = backroad(tmp_path / "home", "today", preexec_fn=limit)
    assert ended.returncode == 1, ended.stderr
    assert ended.stderr.startswith("backroad: The disk ")
    assert backroad(tmp_path / "home", "doctor").returncode == 0, "with room again, all is well"


@pytest.mark.slow
def test_a_null_character_is_refused_where_no_text_may_hold_one() -> None:
    with postgresql_url() as url:
        db = Database(url)
        db.run_now(thing.create)
        with pytest.raises(Problem, match=r"U\+0000") as refused:
            db.run_now(lambda tx: tx.execute(select(thing).where(thing.c.name == "a\0b")).all())
        assert refused.value.status == 400
        db.close()

"""SQL drills on PostgreSQL: what is judged, what is said, and what cannot do harm. On a server of ours."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psycopg
import pytest

from backroad.drills.databases import postgresql_server as server
from backroad.drills.databases.engine import Request
from backroad.drills.databases.postgresql import Postgresql
from backroad.drills.grade import grade
from backroad.drills.keys import check_keys
from backroad.drills.kinds.sql import Sql
from backroad.drills.load import load_drills, read_drills
from backroad.drills.model import Feedback, Result
from backroad.kit.errors import Problem
from tests.drills import samples

pytestmark = pytest.mark.slow  # each answer runs on a real server

TOML = """
[[drill]]
id = "balance"
kind = "sql"
database = "postgresql"
seconds = 120
prompt = "Take 30 from account 1 in PostgreSQL, if it has them, and return what is left."
why = "One statement."
setup = '''
CREATE TABLE accounts(id int PRIMARY KEY, balance numeric NOT NULL CHECK (balance >= 0));
INSERT INTO accounts VALUES (1, 100), (2, 5);
'''
others = ['''
-- meanwhile
UPDATE accounts SET balance = balance - 80 WHERE id = 1;
''', "UPDATE accounts SET balance = 29.99 WHERE id = 1"]
check = "SELECT id, balance FROM accounts ORDER BY id"
answer = "UPDATE accounts SET balance = balance - 30 WHERE id = 1 AND balance >= 30 RETURNING balance"
output = "id|balance\\n1|70\\n2|5"
wrong = [
  {answer = "UPDATE accounts SET balance = 70 WHERE id = 1 RETURNING balance", why = "It writes what was read before."},
]
"""


@pytest.fixture(scope="module", autouse=True)
def ours() -> Iterator[None]:
    """The server that pip installs, whatever is configured here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(server.VARIABLE, raising=False)
        yield


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Sql:
    return one(tmp_path_factory.mktemp("postgresql"), TOML)


def one(folder: Path, toml: str) -> Sql:
    (found,) = load_drills(samples.write_skill(folder, "area.one", drills=toml))
    assert isinstance(found, Sql)
    return found


def first(result: Result) -> Feedback:
    assert result.outcome == "failed", result
    return result.feedback[0]


def free(drill: Sql, answer: str, **more: object) -> Sql:
    """The same with one state, without a check, and with this answer."""
    plain: dict[str, object] = {"others": (), "check": "", "wrong": (), "answer": answer}
    return msgspec.structs.replace(drill, **(plain | more))


def left_behind() -> list[str]:
    """Databases and roles of drills that are still there."""
    with psycopg.connect(server.address()[0]) as session:
        names = "SELECT datname FROM pg_database UNION SELECT rolname FROM pg_roles"
        return [name for (name,) in session.execute(names) if name.startswith(server.OURS)]


def test_the_key_passes_and_shows_its_table(drill: Sql) -> None:
    result = grade(drill, {"text": drill.answer})
    assert (result.outcome, result.score) == ("passed", 1), result
    table = result.feedback[0].got
    assert table
    assert (table.columns, table.rows) == (("id", "balance"), (("1", "70"), ("2", "5")))
    assert left_behind() == []


def test_a_lost_update_is_recognised(drill: Sql) -> None:
    why, *parts = grade(drill, "UPDATE accounts SET balance = 70 WHERE id = 1 RETURNING balance").feedback
    assert why.why == "It writes what was read before."
    assert [part.ok for part in parts] == [True, False]


def test_values_are_compared_by_what_they_are(drill: Sql) -> None:
    key = (
        "SELECT 1.50 AS n, true AS b, NULL AS x, '{a,b}'::text[] AS t, '{\"a\": 1}'::jsonb AS j, '\\x00ff'::bytea AS y"
    )
    same = (
        "SELECT 3/2.0 AS n, 1 = 1 AS b, null AS x, ARRAY['a','b'] AS t, '{ \"a\":1 }'::jsonb AS j, "
        "'\\000\\377'::bytea AS y"
    )
    result = grade(free(drill, key), same)
    assert result.outcome == "passed", result
    table = result.feedback[0].got
    assert table
    assert table.rows == (("1.5000000000000000", "true", "NULL", "{a,b}", '{"a": 1}', "X'00FF'"),)
    assert first(grade(free(drill, key), same.replace("1 = 1", "'true'::text = 'x'"))).why.startswith("The number of")


WRONG = [
    ("SELECT 1/0 AS balance", "It stops here: division by zero."),
    ("UPDATE accounts SET balance = -1", "It stops here: new row for relation"),
    ("BEGIN; UPDATE accounts SET balance = 0", "The transaction is still open at the end"),
    ("BEGIN; SELECT 1/0", "It stops here: division by zero."),
    ("SELECT * FROM generate_series(1, 1001) AS balance", "It stops here: it gives more than 1,000 rows."),
    ("SELECT repeat('x', 300000) AS balance", "It stops here: it gives more than 256 KiB."),
    ("SELECT generate_series(1, 100000000) AS balance", "It stops here: it gives more than 1,000 rows."),
    ("SELECT * FROM generate_series(1, 100000000) AS balance", "It was stopped "),  # PostgreSQL keeps all of them first
    ("SELECT pg_terminate_backend(pg_backend_pid())", "It stops here: "),
]


@pytest.mark.parametrize(("query", "sentence"), WRONG)
def test_each_kind_of_difference_has_its_sentence(drill: Sql, query: str, sentence: str) -> None:
    found = first(grade(free(drill, "UPDATE accounts SET balance = 1 WHERE id = 1 RETURNING balance"), query))
    assert found.why.startswith(sentence)
    assert left_behind() == []


REFUSED = [
    ("SELEC 1", 'PostgreSQL cannot run this: syntax error at or near "SELEC".'),
    ("SELECT absent FROM accounts", 'PostgreSQL cannot run this: column "absent" does not exist.'),
    ("COPY accounts TO PROGRAM 'touch /tmp/x'", "PostgreSQL cannot run this: permission denied to COPY to or from an "),
    ("COPY accounts FROM '/etc/passwd'", "PostgreSQL cannot run this: permission denied to COPY from a file."),
    ("COPY accounts TO STDOUT", "COPY FROM STDIN and COPY TO STDOUT cannot be used in a drill."),
    ("COPY accounts FROM STDIN", "COPY FROM STDIN and COPY TO STDOUT cannot be used in a drill."),
    ("SELECT pg_read_file('/etc/passwd')", "PostgreSQL cannot run this: permission denied for function pg_read_file."),
    ("SELECT pg_ls_dir('/')", "PostgreSQL cannot run this: permission denied for function pg_ls_dir."),
    ("SELECT lo_import('/etc/passwd')", "PostgreSQL cannot run this: permission denied for function lo_import."),
    ("SELECT passwd FROM pg_shadow", "PostgreSQL cannot run this: permission denied for view pg_shadow."),
    ("ALTER SYSTEM SET shared_buffers = '1kB'", "PostgreSQL cannot run this: permission denied to set parameter "),
    ("SET temp_file_limit = -1", 'PostgreSQL cannot run this: permission denied to set parameter "temp_file_limit".'),
    ("CREATE EXTENSION vector", 'PostgreSQL cannot run this: permission denied to create extension "vector".'),
    ("CREATE EXTENSION dblink", 'PostgreSQL cannot run this: extension "dblink" is not available.'),
    ("SELECT * FROM dblink('dbname=postgres', 'SELECT 1') AS x(a int)", "PostgreSQL cannot run this: function dblink"),
    ("SELECT * FROM postgres.public.accounts", "PostgreSQL cannot run this: cross-database references are not "),
    ("LOAD 'plpgsql'", "PostgreSQL cannot run this: "),
    ("CREATE DATABASE mine", "PostgreSQL cannot run this: permission denied to create database."),
    ("DROP DATABASE postgres", "PostgreSQL cannot run this: must be owner of database postgres."),
    ("CREATE ROLE eve SUPERUSER", "PostgreSQL cannot run this: permission denied to create role."),
    ("SET ROLE backroad", 'PostgreSQL cannot run this: permission denied to set role "backroad".'),
    ("SET SESSION AUTHORIZATION backroad", "PostgreSQL cannot run this: permission denied to set session auth"),
    ("DROP SCHEMA public CASCADE", "PostgreSQL cannot run this: must be owner of schema public."),
    ("CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'x', 'y'", "PostgreSQL cannot run this: permission denied for "),
    ("CREATE SERVER s FOREIGN DATA WRAPPER x", "PostgreSQL cannot run this: "),
    ("CREATE TABLESPACE t LOCATION '/tmp'", 'PostgreSQL cannot run this: permission denied to create tablespace "t".'),
]


@pytest.mark.parametrize(("query", "sentence"), REFUSED)
def test_what_cannot_be_run_is_a_problem_and_not_counted(drill: Sql, query: str, sentence: str) -> None:
    with pytest.raises(Problem) as caught:
        grade(free(drill, "SELECT 1 AS balance"), query)
    assert str(caught.value).startswith(sentence)
    assert left_behind() == []


ENDLESS = [
    "SELECT pg_sleep(600)",
    "SET statement_timeout = 0; SELECT pg_sleep(600)",
    "SET statement_timeout = 0; DO $$ BEGIN LOOP END LOOP; END $$",
    "SET statement_timeout = 0; DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled THEN NULL; "
    "END; END LOOP; END $$",
]


@pytest.mark.parametrize("query", ENDLESS)
def test_what_never_ends_is_stopped(drill: Sql, query: str) -> None:
    """Also where it takes its own bounds away, and where it hears no request to end."""
    began = time.monotonic()
    found = first(grade(free(drill, "SELECT 1 AS balance", others=("SELECT 1", "SELECT 2")), query))
    assert found.why == "It was stopped after 3 s: does something in it never end?"
    assert time.monotonic() - began < 20
    assert left_behind() == []


TOO_MUCH = [
    "SET statement_timeout = 0; CREATE TABLE big AS SELECT repeat(md5(n::text), 50) AS x "
    "FROM generate_series(1, 90000000) AS n",
    "SET statement_timeout = 0; SELECT count(*) FROM (SELECT n, repeat('x', 500) FROM generate_series(1, 9000000) AS n "
    "ORDER BY 2, 1 OFFSET 1) AS big",
    "SELECT length(repeat('x', 1000000000)) + length(repeat('y', 1000000000)) AS n",
    "SELECT repeat('x', 900000000) AS n",
]


@pytest.mark.parametrize("query", TOO_MUCH)
def test_what_takes_too_much_is_stopped(drill: Sql, query: str) -> None:
    found = first(grade(free(drill, "SELECT 1 AS balance"), query))
    assert found.why.startswith(("It was stopped", "It stops here: ")), found
    assert left_behind() == []
    assert grade(drill, drill.answer).outcome == "passed", "the server is as it was"


def test_nothing_of_one_state_is_there_on_the_next(drill: Sql) -> None:
    """Neither things nor settings; and the check is not disturbed by a session that is left open."""
    free_of_others = free(drill, "SELECT 0 AS n", others=("SELECT 1", "SELECT 2"))
    answer = (
        "CREATE TABLE mine AS SELECT 1; CREATE SEQUENCE s; SELECT lo_create(0); CREATE TYPE t AS ENUM ('a'); "
        "SELECT count(*) - 1 AS n FROM pg_class WHERE relname = 'mine'"
    )
    assert grade(free_of_others, answer).outcome == "passed"
    checked = msgspec.structs.replace(drill, others=(), answer="SELECT 1", wrong=())
    assert grade(checked, "BEGIN; LOCK TABLE accounts; SELECT 1").outcome == "passed", "it is rolled back"
    changed = "ALTER ROLE CURRENT_USER PASSWORD 'x'; " + drill.answer
    assert first(grade(drill, changed)) is not None
    assert grade(drill, drill.answer).outcome == "passed"


def test_who_ends_the_sessions_around_it_fails_alone(drill: Sql) -> None:
    others = "FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()"
    found = first(grade(drill, f"SELECT count(pg_terminate_backend(pid)) AS balance {others}"))
    assert found.why.startswith("It stops here: the connection is lost"), found
    assert left_behind() == []
    assert grade(drill, drill.answer).outcome == "passed"


def test_who_waits_for_a_lock_is_told(drill: Sql) -> None:
    held = "-- meanwhile\nBEGIN; UPDATE accounts SET balance = 1 WHERE id = 1"
    waiting = free(drill, "SELECT 1 AS n", others=(held,))
    parts = grade(waiting, "UPDATE accounts SET balance = 2 WHERE id = 1; SELECT 1 AS n").feedback
    assert parts[1].why == "It was stopped because it waits for a lock that another transaction holds."


def test_what_could_not_be_serialized_is_run_again(drill: Sql) -> None:
    """Another session commits first; the second attempt sees what it did."""
    rival = "-- before commit\nBEGIN ISOLATION LEVEL SERIALIZABLE;\nUPDATE accounts SET balance = 40 WHERE id = 2 AND "
    rival += "(SELECT sum(balance) FROM accounts) < 150;\nCOMMIT;"
    own = "BEGIN ISOLATION LEVEL {};\nUPDATE accounts SET balance = 145 WHERE id = 1 AND "
    own += "(SELECT sum(balance) FROM accounts) < 110;\nCOMMIT;"
    both = msgspec.structs.replace(drill, others=(rival,), answer=own.format("SERIALIZABLE"), wrong=())
    assert grade(both, both.answer).outcome == "passed"
    parts = grade(both, own.format("REPEATABLE READ")).feedback
    assert [part.ok for part in parts] == [True, False]


PLANNED = """
[[drill]]
id = "index"
kind = "sql"
database = "postgresql"
seconds = 120
prompt = "Make it quick in PostgreSQL."
why = "Equality first."
setup = '''
CREATE TABLE posts(id int PRIMARY KEY, author int NOT NULL, at int NOT NULL, text text NOT NULL);
INSERT INTO posts SELECT n, n % 500, n % 997, repeat('x', 100) FROM generate_series(1, 5000) AS n;
'''
others = ["UPDATE posts SET at = 5000 WHERE id = 7"]
check = "SELECT p.at FROM posts AS p WHERE author = 7 ORDER BY at"
plan = ["uses covering index", "uses index by_author", "no sequential scan of posts", "no sorting"]
ordered = true
answer = "CREATE INDEX by_author ON posts (author, at)"
output = "at\\n7\\n10\\n13\\n16\\n19\\n507\\n510\\n513\\n516\\n519"
wrong = [{answer = "CREATE INDEX by_author ON posts (author)", why = "It sorts."}]
"""


def test_a_plan_is_judged(tmp_path: Path) -> None:
    drill = one(tmp_path, PLANNED)
    (ran,) = Postgresql().run(Request((drill.setup,), (drill.answer,), drill.check, plan=True))
    assert ran[0].plan == ("Index Only Scan using by_author on posts",), ran[0]
    assert grade(drill, drill.answer).outcome == "passed"
    why, *parts = grade(drill, "CREATE INDEX by_author ON posts(author)").feedback
    assert why.why == "It sorts."
    assert [(part.text, part.ok) for part in parts] == [
        ("On the rows shown", True),
        ("On other rows", True),
        ("A plan that uses a covering index", False),
        ("A plan that uses the index `by_author`", True),
        ("A plan that does not read `posts` row by row", True),
        ("A plan without sorting", False),
    ]
    nothing = grade(drill, "SELECT 1").feedback
    assert nothing[4].why == "the plan is `Sort; Seq Scan on posts`."


def test_sound_keys_are_counted(tmp_path: Path) -> None:
    report = check_keys([samples.write_skill(tmp_path, "area.one", drills=TOML + PLANNED, lesson="")])
    assert report.problems == ()
    assert (report.executable, report.executed, report.by_kind["sql"].refuted, report.left_out) == (2, 2, 2, ())


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('database = "postgresql"', 'database = "oracle"', "`database` is 'oracle'; write one of sqlite, postgresql,"),
        ("in PostgreSQL,", "in it,", "`prompt` does not name PostgreSQL, which the learner has to know."),
        (
            "check =",
            'plan = ["no scan of accounts"]\ncheck =',
            "`plan`: 'no scan of accounts' is not understood; write ",
        ),
    ],
)
def test_a_field_that_is_wrong_is_named(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    loaded = read_drills(samples.write_skill(tmp_path, "area.one", drills=TOML.replace(old, new)))
    assert [mistake.text for mistake in loaded.mistakes if mistake.text.startswith(sentence)], loaded.mistakes


def test_without_a_server_it_is_told_and_not_counted(
    drill: Sql, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backroad.verifier.dependencies.installed.postgres_programs", lambda: None)
    with pytest.raises(Problem) as caught:
        grade(drill, drill.answer)
    assert str(caught.value) == (
        'This drill runs on PostgreSQL, and there is none here. Run `pip install "backroad[services]"`, or set '
        "BACKROAD_DRILL_POSTGRESQL_URL to a server; this was not counted."
    )
    report = check_keys([samples.write_skill(tmp_path, "area.one", drills=TOML, lesson="")])
    assert (report.problems, report.executable, report.executed) == ((), 1, 0)
    assert report.left_out[0].endswith("drill `balance` was not run, because `PostgreSQL` is not installed.")


def test_a_configured_server_is_used_and_left_clean(drill: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a user who is no superuser: one who may make databases and roles."""
    url = server.address()[0]
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("CREATE ROLE lender LOGIN CREATEDB CREATEROLE PASSWORD 'lent'")
        try:
            parts = psycopg.conninfo.conninfo_to_dict(url)
            address = f"postgresql://lender:lent@{parts['host']}:{parts['port']}/postgres"
            monkeypatch.setenv(server.VARIABLE, address)
            assert grade(drill, drill.answer).outcome == "passed"
            assert [name for name in left_behind() if name.startswith(server.OURS)] == []
        finally:
            session.execute("DROP ROLE lender")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("mysql://127.0.0.1", "BACKROAD_DRILL_POSTGRESQL_URL is no URL of the form postgresql://host:port."),
        ("postgresql://127.0.0.1:1/x", "PostgreSQL at BACKROAD_DRILL_POSTGRESQL_URL cannot be used: connection "),
    ],
)
def test_a_configured_server_that_is_not_there_is_not_replaced(
    drill: Sql, monkeypatch: pytest.MonkeyPatch, address: str, sentence: str
) -> None:
    monkeypatch.setenv(server.VARIABLE, address)
    with pytest.raises(Problem) as caught:
        grade(drill, drill.answer)
    assert str(caught.value).startswith(sentence)


def test_what_a_killed_process_left_is_dropped_an_hour_later(drill: Sql) -> None:
    old, young = (f"{server.OURS}{int(time.time()) - age}_0123456789ab" for age in (server.OLD + 5, 5))
    with psycopg.connect(server.address()[0], autocommit=True) as session:
        for name in (old, young):
            session.execute(f"CREATE ROLE {name}")
            session.execute(f"CREATE DATABASE {name}")
        assert grade(drill, drill.answer).outcome == "passed"
        assert left_behind() == [young]
        server.drop(session, young)


def test_importing_the_kinds_loads_no_driver() -> None:
    program = "import sys, backroad.drills.kinds; print([m for m in sys.modules if m in ('psycopg', 'psycopg.pq')])"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environ)
    assert ran.stdout == "[]\n"


SPLIT = [
    ("SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
    ("SELECT ';' ; -- a; b\n;", ["SELECT ';'"]),
    ("SELECT 'it''s;'; SELECT E'\\';'", ["SELECT 'it''s;'", "SELECT E'\\';'"]),
    ("DO $x$ BEGIN; $$ ; END $x$; SELECT 1", ["DO $x$ BEGIN; $$ ; END $x$", "SELECT 1"]),
    ("/* a; /* b; */ c; */ SELECT 1;;", ["/* a; /* b; */ c; */ SELECT 1"]),
    ('SELECT "a;b", $1', ['SELECT "a;b", $1']),
    ("SELECT 'open; SELECT 2", ["SELECT 'open", "SELECT 2"]),
    ("  -- nothing\n ", []),
]


@pytest.mark.parametrize(("script", "wanted"), SPLIT)
def test_a_script_is_cut_into_statements(script: str, wanted: list[str]) -> None:
    from backroad.drills.sandbox.postgresql_words import statements

    assert [one.strip() for one in statements(script)] == wanted

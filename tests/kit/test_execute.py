import time
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backroad.kit.execute import LANGUAGES, OUTPUT_LIMIT, Language, Missing, Output, run, sql_statements


def printed(language: Language, program: str) -> str:
    ran = run(language, program)
    assert isinstance(ran, Output), ran
    assert ran.ok, ran
    return ran.stdout


@pytest.mark.parametrize(
    ("language", "program"),
    [("python", "print('å')"), ("sql", "SELECT 'å' AS a;"), ("sh", "printf 'å\\n'"), ("node", "console.log('å')")],
)
def test_every_language_prints(language: Language, program: str) -> None:
    ran = run(language, program)
    if isinstance(ran, Missing):
        # Node.js is the one tool that a machine with Backroad may lack.
        assert (language, ran.sentence) == ("node", "`node` is not installed.")
        return
    assert ran.ok
    assert ran.stdout.splitlines()[-1] == "å"
    assert language in LANGUAGES


def test_a_missing_tool_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run("node", "1") == Missing("node")
    assert run("sh", "ls") == Missing("bash")
    assert printed("python", "print(1)") == "1\n"
    (tmp_path / "bash").symlink_to("/bin/bash")
    assert run("sh", "git init") == Missing("git")
    assert printed("sh", "echo 1") == "1\n"


def test_a_failing_program_says_why() -> None:
    ran = run("python", "print(1)\nraise ValueError('no')")
    assert isinstance(ran, Output)
    assert (ran.stdout, ran.exit_code, ran.ok) == ("1\n", 1, False)
    assert ran.trouble == "it ended with exit code 1 (ValueError: no)"


def test_python_sees_the_standard_library_an_empty_folder_and_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("BACKROAD_HOME", "/nowhere")
    program = "import os, sys; print(os.listdir(), '/nowhere' in sys.path, 'BACKROAD_HOME' in os.environ)"
    assert printed("python", program) == "[] False False\n"
    ran = run("python", "import msgspec")
    assert isinstance(ran, Output)
    assert "ModuleNotFoundError" in ran.trouble


def test_a_shell_stops_at_the_first_failure_in_an_empty_folder_with_git_set_up() -> None:
    assert printed("sh", "ls -A; date +%Z; git init -q; git branch --show-current; git config user.name") == (
        "UTC\nmain\nLearner\n"
    )
    ran = run("sh", "echo 1; false; echo 2")
    assert isinstance(ran, Output)
    assert (ran.stdout, ran.exit_code) == ("1\n", 1)


def test_the_same_script_makes_the_same_commits() -> None:
    script = "git init -q; echo a > a; git add a; git commit -qm one; git rev-parse HEAD"
    assert printed("sh", script) == printed("sh", script)


def test_a_program_is_stopped_with_all_that_it_started() -> None:
    begun = time.monotonic()
    ran = run("sh", "sleep 61.5 & echo $!; sleep 61.5", timeout=0.3)
    assert isinstance(ran, Output)
    assert ran.trouble == "it was stopped after 0.3 s"
    assert time.monotonic() - begun < 5
    assert not _alive(int(ran.stdout))


def test_what_a_program_leaves_running_is_ended() -> None:
    ran = run("sh", "sleep 61.5 >/dev/null 2>&1 & echo $!")
    assert isinstance(ran, Output)
    assert ran.ok
    assert not _alive(int(ran.stdout))


def _alive(pid: int) -> bool:
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return False
        time.sleep(0.01)
    return True


def test_a_program_that_closes_its_output_is_still_bounded_in_time() -> None:
    ran = run("sh", "exec >&- 2>&-; sleep 61.5", timeout=0.3)
    assert isinstance(ran, Output)
    assert ran.stopped == "after 0.3 s"


@pytest.mark.parametrize(
    ("language", "program"),
    [
        ("python", "while True: print('x' * 1000)"),
        (
            "sql",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT printf('%01000d', i) FROM n;",
        ),
    ],
)
def test_endless_output_is_cut(language: Language, program: str) -> None:
    ran = run(language, program)
    assert isinstance(ran, Output)
    assert ran.stopped == "after 256 KiB of output"
    assert len(ran.stdout) <= OUTPUT_LIMIT + 1001


def test_an_endless_query_is_stopped() -> None:
    program = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;"
    ran = run("sql", program, timeout=0.1)
    assert isinstance(ran, Output)
    assert ran.stopped == "after 0.1 s"


def test_each_result_set_is_printed_below_its_column_names() -> None:
    script = """
    CREATE TABLE t(a INTEGER, b TEXT);  -- a comment; with a semicolon
    INSERT INTO t VALUES (1, 'x;y'), (2, NULL) RETURNING a;
    CREATE TRIGGER g AFTER DELETE ON t BEGIN INSERT INTO t VALUES (9, 'gone'); END;
    SELECT b AS "the b", a / 2.0 AS half, x'0aff' AS raw FROM t ORDER BY a;
    SELECT * FROM t WHERE 0;
    DELETE FROM t;
    SELECT count(*) FROM t
    """
    assert printed("sql", script).splitlines() == [
        "a", "1", "2",
        "the b|half|raw", "x;y|0.5|X'0AFF'", "NULL|1.0|X'0AFF'",
        "a|b",
        "count(*)", "2",
    ]  # fmt: skip


def test_a_script_may_hold_its_own_transactions_and_sees_nothing_of_others() -> None:
    script = "BEGIN; CREATE TABLE t(a); INSERT INTO t VALUES (1); ROLLBACK; CREATE TABLE t(b); SELECT * FROM t;"
    assert printed("sql", script) == "b\n"
    assert printed("sql", script) == "b\n"


def test_a_failing_statement_keeps_what_was_printed() -> None:
    ran = run("sql", "SELECT 1 AS a; CREATE TABLE t(a NOT NULL); INSERT INTO t VALUES (NULL); SELECT 2;")
    assert isinstance(ran, Output)
    assert (ran.stdout, ran.exit_code) == ("a\n1\n", 1)
    assert ran.trouble == "it ended with exit code 1 (Error: NOT NULL constraint failed: t.a)"


@given(st.lists(st.sampled_from(["SELECT 1;", "SELECT ';';", "-- a;b\nSELECT 2;", "/* ; */ SELECT 3;", " \n"])))
def test_statements_put_together_again_are_the_script(parts: list[str]) -> None:
    script = "".join(parts)
    statements = list(sql_statements(script))
    assert "".join(statements).strip() == script.strip()
    assert len(statements) == sum("SELECT" in part for part in parts)


def test_no_folder_is_left_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    printed("sh", "mkdir -p a/b; touch a/b/c; pwd")
    assert list(tmp_path.iterdir()) == []

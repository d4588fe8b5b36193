"""SQL drills: what is judged, what is said, and what cannot do harm."""

import time
from pathlib import Path

import msgspec
import pytest

from backroad.drills.grade import grade
from backroad.drills.keys import check_keys
from backroad.drills.kinds.sql import Sql
from backroad.drills.load import load_drills
from backroad.drills.model import Feedback, Result
from backroad.kit.errors import Problem
from tests.drills import samples

pytestmark = pytest.mark.slow  # each answer runs in a process of its own


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Sql:
    (found,) = load_drills(samples.write_skill(tmp_path_factory.mktemp("sql"), "area.one", drills=samples.SQL_TOML))
    assert isinstance(found, Sql)
    return found


def first(result: Result) -> Feedback:
    assert result.outcome == "failed", result
    return result.feedback[0]


def test_the_key_passes_and_shows_its_table(drill: Sql) -> None:
    result = grade(drill, {"text": drill.answer})
    assert (result.outcome, result.score) == ("passed", 1)
    assert result.right == (drill.answer.strip(),)
    table = result.feedback[0].got
    assert table
    assert (table.columns, table.rows, table.marked) == (("name", "orders"), (("Ada", "2"), ("Bo", "0")), ())


def test_another_way_to_the_same_rows_passes(drill: Sql) -> None:
    query = "select NAME, (select count(*) from orders where customer_id = c.id) as ORDERS from customers c order by 1;"
    assert grade(drill, query + " -- done").outcome == "passed"


def test_a_known_mistake_is_recognised_by_what_it_gives(drill: Sql) -> None:
    query = "SELECT name, count(*) AS orders FROM orders, customers c WHERE c.id = customer_id GROUP BY name"
    why, compared = grade(drill, query).feedback
    assert why.why == "An inner join drops who has none."
    assert compared.why == "There is 1 row, wanted 2."
    assert compared.got
    assert compared.expected
    assert (compared.got.marked, compared.expected.marked) == ((), (1,))


WRONG = [
    ("SELECT name FROM customers ORDER BY name", "There is 1 column, wanted 2."),
    ("SELECT name, 2 AS n FROM customers", "The columns are called `name`, `n`; wanted `name`, `orders`."),
    ("SELECT name, 1 AS orders FROM customers", "The number of rows is right, their values are not."),
    (
        "SELECT name, '2' AS orders FROM customers WHERE id = 1 UNION SELECT 'Bo', '0'",
        "The number of rows is right, ",
    ),
    ("VALUES ('Bo', 0), ('Ada', 2)", "The columns are called `column1`, `column2`; wanted `name`, `orders`."),
    ("SELECT 'Bo' AS name, 0 AS orders UNION ALL SELECT 'Ada', 2", "The rows are right, their order is not."),
    ("DROP TABLE orders", "These statements give no table. End with the query that answers."),
    ("DELETE FROM customers", "These statements give no table. End with the query that answers."),
    ("-- nothing yet", "These statements give no table. End with the query that answers."),
    ("BEGIN; DELETE FROM orders; SELECT 1 AS a", "The transaction is still open at the end, so that nothing of it is"),
    ("INSERT INTO customers VALUES (1, 'Eve')", "It stops here: UNIQUE constraint failed: customers.id."),
    ("SELECT zeroblob(2000000)", "It was stopped because a value in it is longer than 1,000,000 bytes."),
    (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x, x FROM n",
        "It stops here: it gives more than 1,000 rows.",
    ),
    (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 900) SELECT x, zeroblob(900) FROM n",
        "It stops here: it gives more than 256 KiB.",
    ),
]


@pytest.mark.parametrize(("query", "sentence"), WRONG)
def test_each_kind_of_difference_has_its_sentence(drill: Sql, query: str, sentence: str) -> None:
    found = first(grade(drill, query))
    assert found.text == "On the rows shown"
    assert found.why.startswith(sentence)


def test_a_literal_fails_on_the_other_rows(drill: Sql) -> None:
    result = grade(drill, "SELECT 'Ada' AS name, 2 AS orders UNION ALL SELECT 'Bo', 0")
    assert [(part.text, part.ok) for part in result.feedback] == [("On the rows shown", True), ("On other rows", False)]
    assert result.score == 0.5
    assert result.feedback[1].expected


def test_rows_out_of_order_are_marked(drill: Sql) -> None:
    found = first(grade(drill, "SELECT 'Bo' AS name, 0 AS orders UNION ALL SELECT 'Ada', 2"))
    assert found.got
    assert found.got.marked == (0, 1)
    free = msgspec.structs.replace(drill, ordered=False, others=("SELECT 1",))
    assert grade(free, "SELECT 'Bo' AS name, 0 AS orders UNION ALL SELECT 'Ada', 2").outcome == "passed"


REFUSED = [
    (
        "SELEC 1",
        'SQLite cannot run this: near "SELEC": syntax error. Change it and answer again; this was not counted.',
    ),
    ("SELECT absent FROM customers", "SQLite cannot run this: no such column: absent."),
    ("ATTACH 'other.db' AS other", "ATTACH and VACUUM cannot be used in a drill."),
    ("VACUUM INTO 'copy.db'", "ATTACH and VACUUM cannot be used in a drill."),
    ("DETACH main", "DETACH cannot be used in a drill."),
    ("PRAGMA writable_schema = 1", "PRAGMA writable_schema with a value cannot be used in a drill."),
    ("PRAGMA hard_heap_limit = 0", "PRAGMA hard_heap_limit with a value cannot be used in a drill."),
    ("SELECT load_extension('/tmp/x.so')", "load_extension cannot be used in a drill."),
    ("CREATE VIRTUAL TABLE v USING fts5(a)", "virtual tables cannot be used in a drill."),
    ("SELECT readfile('/etc/passwd')", "SQLite cannot run this: no such function: readfile."),
    ("x" * 65_537, "This answer is longer than 64 KiB. Shorten it."),
    ("SELECT '\x00'", "This answer holds bytes that are not text. Paste it as plain text."),
    ("\ud800", "This answer is not valid Unicode. Type it again."),
    (" \n ", "You have written nothing. Write your answer."),
    ("SELECT " + "(" * 3000 + "1" + ")" * 3000, "SQLite cannot run this: "),
]


@pytest.mark.parametrize(("query", "sentence"), REFUSED)
def test_what_cannot_be_run_is_a_problem_and_not_counted(drill: Sql, query: str, sentence: str) -> None:
    with pytest.raises(Problem) as caught:
        grade(drill, query)
    assert str(caught.value).startswith(sentence)


def test_reading_the_schema_is_allowed(drill: Sql) -> None:
    assert first(grade(drill, "PRAGMA table_info(customers)")).why == "There are 6 columns, wanted 2."


@pytest.mark.slow
def test_memory_is_bounded(drill: Sql) -> None:
    query = (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x, zeroblob(99999) FROM n ORDER BY 2, 1"
    )
    assert first(grade(drill, query)).why == "It was stopped because it needed more than 64 MiB of memory."


@pytest.mark.slow
@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*), 1 FROM n",
        "DELETE FROM orders WHERE id < (SELECT count(*) FROM n)",
    ],
)
def test_an_endless_query_is_stopped(drill: Sql, query: str) -> None:
    began = time.monotonic()
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
    assert first(grade(drill, endless + query)).why == "It was stopped after 2 s: does something in it never end?"
    assert time.monotonic() - began < 10


def test_a_statement_full_of_semicolons_is_split_in_time(drill: Sql) -> None:
    assert first(grade(drill, "SELECT 1, '" + ";" * 60_000 + "'")).why.startswith("The columns are called")


CHANGES = """
[[drill]]
id = "index"
kind = "sql"
seconds = 120
prompt = "Make it quick."
why = "Equality first."
setup = '''
CREATE TABLE posts(id INTEGER PRIMARY KEY, account INTEGER, at INTEGER);
INSERT INTO posts VALUES (1, 7, 1), (2, 7, 3);
'''
others = ["INSERT INTO posts VALUES (3, 7, 2)"]
check = "SELECT p.id FROM posts AS p WHERE account = 7 ORDER BY at"
plan = ["uses covering index", "no scan of posts", "no sorting"]
ordered = true
answer = "CREATE INDEX by_account ON posts(account, at)"
output = "id\\n1\\n2"
wrong = [
  {answer = "CREATE INDEX by_account ON posts(account)", why = "It sorts."},
  {answer = "SELECT 1", why = "Nothing."},
]
"""


def one(tmp_path: Path, toml: str) -> Sql:
    (found,) = load_drills(samples.write_skill(tmp_path, "area.one", drills=toml))
    assert isinstance(found, Sql)
    return found


def test_a_check_and_a_plan_judge_an_index(tmp_path: Path) -> None:
    drill = one(tmp_path, CHANGES)
    assert grade(drill, drill.answer).outcome == "passed"
    why, *parts = grade(drill, "CREATE INDEX other ON posts(account)").feedback
    assert why.why == "It sorts."
    assert [(part.text, part.ok) for part in parts] == [
        ("On the rows shown", True),
        ("On other rows", True),
        ("A plan that uses a covering index", False),
        ("A plan that does not scan `posts`", True),
        ("A plan without sorting", False),
    ]
    scan = grade(drill, "SELECT 1").feedback[4]
    assert scan.why == "the plan is `SCAN p; USE TEMP B-TREE FOR ORDER BY`."


def test_what_a_statement_returns_counts_beside_the_check(tmp_path: Path) -> None:
    drill = msgspec.structs.replace(
        one(tmp_path, CHANGES), plan=(), answer="UPDATE posts SET at = 0 WHERE id = 1 RETURNING id", wrong=()
    )
    assert grade(drill, drill.answer).outcome == "passed"
    found = first(grade(drill, "UPDATE posts SET at = 0 WHERE id = 1"))
    assert found.why == "What is changed is right. What the statement returns is not: wanted (1)."


FAULTS = [
    ("Ada|2", "Ada|3", "`output` is not what `answer` gives, which is: 'name|orders\\nAda|2\\nBo|0'."),
    ("c.name, count(o.id)", "c.nome, count(o.id)", "`answer` does not run: no such column: c.nome."),
    ("c JOIN", "c LEFT JOIN", "`wrong`: 'SELECT c.name, count(o.id) AS orders"),
    ('"SELECT name FROM', '"SELECT name, 2 * (id = 1) AS orders FROM', ""),
    (', "DELETE FROM orders"', "", ""),
    (
        "INSERT INTO customers VALUES (3, 'Cy')\", \"DELETE FROM orders",
        "SELECT 1",
        "`others` all give what the rows shown give, so that a literal would pass; change one.",
    ),
]


@pytest.mark.parametrize(("old", "new", "sentence"), FAULTS)
def test_each_false_key_is_found(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    toml = samples.SQL_TOML.replace(old, new)
    assert toml != samples.SQL_TOML
    report = check_keys([samples.write_skill(tmp_path, "area.one", drills=toml, lesson="")])
    said = [problem.text for problem in report.problems]
    assert any(text.startswith(sentence) for text in said) if sentence else said == []


def test_a_start_that_passes_leaves_nothing_to_do(tmp_path: Path) -> None:
    drill = one(tmp_path, samples.SQL_TOML)
    assert msgspec.structs.replace(drill, start=drill.answer).prove().problems == (
        "`start` passes as it stands; leave something to do.",
    )


def test_counts_go_into_the_report(tmp_path: Path) -> None:
    toml = samples.SQL_TOML + samples.CODE_TOML + samples.OPEN_TOML
    report = check_keys([samples.write_skill(tmp_path, "area.one", drills=toml, lesson="")])
    assert report.problems == ()
    assert (report.executable, report.executed, report.distractors_refuted) == (2, 2, 2)
    assert {kind: (proof.executed, proof.refuted) for kind, proof in report.by_kind.items()} == {
        "sql": (1, 1),
        "code": (1, 1),
    }

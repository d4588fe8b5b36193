"""How a cohort stands: who is stuck, behind and how far, in as many statements for sixty learners as for three."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event

from backroad.cohorts import assigning, figures, store
from backroad.cohorts.model import Cohort
from backroad.identity.model import Person
from backroad.identity.store import person_table
from backroad.kit.db import Database
from backroad.kit.migrate import migrate
from backroad.progress import actions as progress
from backroad.progress.model import NewEvidence
from backroad.teaching import actions as teaching
from backroad.teaching import csv
from tests.cohorts.school import FACTS, NOW, cohort, enrol, person, run
from tests.cohorts.test_actions import CONTENT
from tests.databases import database_url

CHECK = "races.one_owner"


@pytest.fixture
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = Database(database_url(tmp_path_factory.mktemp("figures") / "backroad.db"))
    migrate(made)
    yield made
    made.close()


def school(db: Database, learners: int) -> tuple[Person, Cohort, list[Person]]:
    def fill(tx: Connection) -> tuple[Person, Cohort, list[Person]]:
        dan = person(tx, "dan", "instructor")
        people = [person(tx, f"learner{number:03}") for number in range(learners)]
        spring = cohort(tx, dan)
        enrol(tx, spring, dan, people)
        return dan, spring, people

    return db.run_now(fill)


def drilled(tx: Connection, learner: str, skill: str, days_ago: int = 0) -> None:
    """Three drills answered right: practised."""
    lines = [
        NewEvidence(
            skill=skill, source="drill", ref=f"{skill}/{number}", outcome="passed", at=NOW - timedelta(days_ago)
        )
        for number in range(3)
    ]
    progress.record(tx, learner, lines, now=NOW, facts=FACTS)


def roster(db: Database, chosen: Cohort, limit: int = 100, **choice: Any) -> list[figures.Row]:
    def read(tx: Connection) -> list[figures.Row]:
        assigned = store.assignments(tx, chosen.id)
        return figures.roster(tx, chosen, CONTENT, assigned, NOW, limit, figures.Choice(**choice))

    return db.run_now(read)


def failed(db: Database, learner: Person, times: int, **more: Any) -> None:
    for number in range(times):
        at = NOW - timedelta(hours=times - number)
        db.run_now(lambda tx, at=at: run(tx, learner.id, {CHECK: "failed"}, at, **more))


def test_stuck_is_three_runs_without_a_pass_since(db: Database) -> None:
    _, spring, (one, two, three) = school(db, 3)
    failed(db, one, 2)
    failed(db, two, 3, proves=["sql.constraints", "sql.joins"])  # two lines of evidence a run are one attempt
    failed(db, three, 5)
    db.run_now(lambda tx: run(tx, three.id, {CHECK: "passed"}, NOW - timedelta(minutes=30)))
    db.run_now(lambda tx: run(tx, three.id, {CHECK: "failed"}, NOW - timedelta(minutes=20)))

    def found() -> list[tuple[str, str, int]]:
        stuck = db.run_now(lambda tx: figures.stuck_checks(tx, spring, 10))
        return [(row.learner, row.ref, row.runs) for row in stuck]

    assert found() == [(two.id, f"shortener/{CHECK}", 3)]
    assert [row.stuck_on for row in roster(db, spring)] == [0, 1, 0]
    db.run_now(lambda tx: run(tx, one.id, {CHECK: "unclear"}, NOW))
    assert len(found()) == 1, "unclear is no failure"
    db.run_now(lambda tx: run(tx, one.id, {CHECK: "failed"}, NOW))
    assert {row[0] for row in found()} == {one.id, two.id}
    db.run_now(lambda tx: run(tx, two.id, {CHECK: "passed"}, NOW))
    assert {row[0] for row in found()} == {one.id}
    assert db.run_now(lambda tx: figures.stuck_checks(tx, spring, 10, lab="shop")) == []
    assert len(db.run_now(lambda tx: figures.stuck_checks(tx, spring, 10, lab="shortener", learner=one.id))) == 1


def test_done_behind_and_idle(db: Database) -> None:
    _, spring, (one, two, three) = school(db, 3)
    assert spring.expected(NOW.date()) == 33

    def fill(tx: Connection) -> None:
        drilled(tx, one.id, "sql.constraints")  # 60 of 240 minutes
        drilled(tx, two.id, "sql.joins", days_ago=8)  # 30 of 240
        run(tx, three.id, {"links.creates": "passed", "links.redirects": "passed"})  # a stage, and half of one
        progress.log_time(tx, one.id, "learn", "sql.joins", 1800, NOW)
        progress.log_time(tx, one.id, "learn", "sql.joins", 1800, NOW - timedelta(days=8))

    db.run_now(fill)
    rows = roster(db, spring)
    assert [(row.done, row.behind, row.idle, row.week_minutes) for row in rows] == [
        (25, False, False, 30),
        (12, True, True, 0),
        (37, False, False, 0),
    ]
    assert [row.learner for row in roster(db, spring, behind=True)] == [two.id]
    assert [row.learner for row in roster(db, spring, stuck=True)] == [two.id]
    totals = db.run_now(lambda tx: figures.totals(tx, spring, CONTENT, [], NOW))
    assert (totals.learners, totals.stuck, totals.behind, totals.done) == (3, 1, 1, 25)


def test_an_assignment_whose_day_is_over_makes_behind(db: Database) -> None:
    dan, spring, (one, two, three) = school(db, 3)
    yesterday = NOW.date() - timedelta(days=1)
    db.run_now(
        lambda tx: assigning.assign(
            tx, dan, spring.id, CONTENT, NOW, kind="skills", skills=["sql.joins"], deadline=yesterday
        )
    )
    for learner in (one, two, three):
        db.run_now(lambda tx, learner=learner: run(tx, learner.id, dict.fromkeys(
            ("links.creates", "links.redirects", CHECK), "passed")))  # fmt: skip
    db.run_now(lambda tx: drilled(tx, two.id, "sql.joins"))
    assert [(row.overdue, row.behind) for row in roster(db, spring)] == [(1, True), (0, False), (1, True)]


def test_a_lab_check_by_check(db: Database) -> None:
    _, spring, (one, two, _) = school(db, 3)
    lab = CONTENT.labs["shortener"]
    failed(db, one, 4)
    db.run_now(lambda tx: run(tx, two.id, {"links.creates": "passed", CHECK: "passed"}))
    checks = db.run_now(lambda tx: figures.lab_checks(tx, spring, lab))
    assert checks[f"shortener/{CHECK}"] == figures.CheckFigures(f"shortener/{CHECK}", 2, 1, 1, 5)
    assert "shortener/links.redirects" not in checks
    assert db.run_now(lambda tx: figures.stages_finished(tx, spring, lab)) == [1, 0]
    tried = db.run_now(lambda tx: figures.labs_tried(tx, spring, {"shortener": lab}))
    assert tried == {"shortener": figures.LabTried(2, 0)}


def test_pages_of_learners_miss_nobody(db: Database) -> None:
    _, spring, people = school(db, 7)
    seen, after = [], None
    while True:
        rows = roster(db, spring, 2, after=after)
        seen += [row.learner for row in rows]
        if len(rows) < 2:
            break
        after = (rows[-1].folded, rows[-1].learner)
    assert seen == [one.id for one in people]
    assert [row.name for row in roster(db, spring, q="ER00_")] == []
    assert [row.name for row in roster(db, spring, q="ER003")] == ["Learner003"]


@contextmanager
def counted(db: Database) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_c: object, _u: object, statement: str, *_more: object) -> None:
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield said
    event.remove(db.engine, "before_cursor_execute", note)


def test_no_count_of_statements_grows_with_the_learners(db: Database) -> None:
    dan, spring, people = school(db, 3)
    for learner in people:
        failed(db, learner, 3)
        db.run_now(lambda tx, learner=learner: drilled(tx, learner.id, "sql.joins"))
    lab, skills = CONTENT.labs["shortener"], CONTENT.roads["canonical"][0]
    areas = {"sql": ["sql.constraints", "sql.joins"]}

    def everything(tx: Connection) -> list[Callable[[], object]]:
        assigned = store.assignments(tx, spring.id)
        ids = [one.learner for one in figures.names(tx, spring, 100)]
        choice = figures.Choice(stuck=True)
        return [
            lambda: figures.roster(tx, spring, CONTENT, assigned, NOW, 100, figures.Choice()),
            lambda: figures.roster(tx, spring, CONTENT, assigned, NOW, 100, choice),
            lambda: figures.totals(tx, spring, CONTENT, assigned, NOW),
            lambda: figures.stuck_checks(tx, spring, 100),
            lambda: figures.lab_checks(tx, spring, lab),
            lambda: figures.stages_finished(tx, spring, lab),
            lambda: figures.labs_tried(tx, spring, CONTENT.labs),
            lambda: figures.assignments_done(tx, spring, CONTENT, assigned),
            lambda: figures.levels(tx, ids, skills),
            lambda: figures.area_counts(tx, ids, areas),
            lambda: csv.written(tx, dan, spring.id, CONTENT, NOW),
            lambda: teaching.learner(tx, dan, spring.id, people[0].id, CONTENT, NOW, 20),
            lambda: store.cohorts(tx, dan.id, 20),
        ]

    def counts() -> list[int]:
        numbers = []
        for place in range(13):
            with counted(db) as said:
                db.run_now(lambda tx: len(everything(tx)))
            before = len(said)
            with counted(db) as said:
                db.run_now(lambda tx, place=place: everything(tx)[place]())
            numbers.append(len(said) - before)
        return numbers

    few = counts()
    assert min(few[:10]) >= 0
    assert max(few) < 20
    more = db.run_now(lambda tx: [person(tx, f"more{number:03}") for number in range(57)])
    db.run_now(lambda tx: enrol(tx, spring, dan, more))
    for learner in more:
        failed(db, learner, 3)
        db.run_now(lambda tx, learner=learner: drilled(tx, learner.id, "sql.joins"))
    assert len(roster(db, spring)) == 60
    assert counts() == few


def test_names_that_a_spreadsheet_would_calculate_are_text(db: Database) -> None:
    dan, spring, (one, *_) = school(db, 3)
    hostile = '=HYPERLINK("http://x","a, b")'
    db.run_now(lambda tx: tx.execute(person_table.update().where(person_table.c.id == one.id).values(name=hostile)))
    db.run_now(lambda tx: drilled(tx, one.id, "sql.joins"))
    _, text = db.run_now(lambda tx: csv.written(tx, dan, spring.id, CONTENT, NOW))
    assert text.endswith("\r\n")
    assert text.count("\r\n") == 4
    import csv as reader
    import io

    rows = list(reader.reader(io.StringIO(text, newline=""), strict=True))
    assert {len(row) for row in rows} == {len(rows[0])}
    found = next(row for row in rows if row[0] == one.id)
    assert found[1] == "'" + hostile
    assert dict(zip(rows[0], found, strict=True))["sql.joins"] == "practised"
    for text in ("+1", "-1", "@x", "\t=1", " =1", "\r=1"):
        assert csv.cell(text).lstrip('"').startswith("'")
    assert csv.cell(-1) == "-1"
    assert csv.cell('a"b') == '"a""b"'

"""However many things are asked for, the database is asked as often: no N + 1."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from backroad import schema
from backroad.accounts import actions as accounts
from backroad.credentials import store as credentials
from backroad.credentials.model import Credential
from backroad.curriculum import Curriculum
from backroad.grading import store as submissions
from backroad.grading.model import Grading, Submission
from backroad.identity.guard import check
from backroad.identity.model import LOCAL, LOCAL_ACCESS, Access
from backroad.interview import store as interviews
from backroad.interview.model import Asked, Interview, Terms
from backroad.kit import clock
from backroad.kit.graphql.context import Context
from backroad.labs import actions as labs
from backroad.notes import actions as notes
from backroad.product import Product
from backroad.progress import NewEvidence
from backroad.progress import actions as progress
from tests.databases import settings_of

FEW, MANY = 3, 60
QUERIES = {
    "skills with all that hangs on them": """query($n: Int!){skills(first: $n){items{
        id level because readAt standing{level passed} evidence(first: 5){id outcome} drills{id outcome}
        notes(first: 5){id title} requires{id level} resources{title}}}}""",
    "a road": "{road{steps{title skills{id level readAt} labs{slug}}}}",
    "labs": "{labs{slug runs(first: 3){id lab{title}} stages{checks{id verdict}}}}",
    "runs": "query($n: Int!){runs(first: $n){items{id summary{passed} lab{slug}}}}",
    "notes": "query($n: Int!){notes(first: $n){items{id html title}}}",
    "found notes": 'query($n: Int!){notes(first: $n, words: "word"){items{id title}}}',
    "evidence": "query($n: Int!){evidence(first: $n){items{id skill}}}",
    "reviews": "query($n: Int!){reviews(first: $n){due drill{id outcome asked{prompt}}}}",
    "today, twice": "{today{sessions{title}} plan{days(first: 60){date sessions{title}}} progress{streak days{date}}}",
    "submissions": "query($n: Int!){submissions(first: $n){items{id state place{number estimate{latest}}}}}",
    "credentials": "query($n: Int!){credentials(first: $n){items{id jwt}}}",
    "interviews": """query($n: Int!){interviews(first: $n){items{
        id summary{score areas{name}} questions{drill rubric{text}} asks{drill{prompt}}}}}""",
    "several at once": '{learner{road} standings{skill level} progress{proven} skill(id: "sql.joins"){level}}',
}


def filled(home: Path, count: int) -> Product:
    """A learner with so many skills begun, notes, runs and reviews that are due."""
    product = Product.open(settings_of(home))
    now = clock.now()
    skills = [skill for skill in product.curriculum.skills if product.library.of_skill(skill)][:count]

    def fill(tx: Any) -> None:
        accounts.settle(
            tx,
            road="canonical",
            roads=product.curriculum.roads,
            language="python",
            minutes=[60] * 7,
            start=clock.today(),
            days_off=(),
            now=now,
        )
        for number, skill in enumerate(skills):
            drill = product.library.of_skill(skill)[0]
            answers = [
                NewEvidence(skill=skill, source="drill", ref=drill.id, outcome="failed", at=now.replace(year=2025))
                for _ in range(2)
            ]
            progress.record(tx, LOCAL, answers, now=now, facts=product.facts)
            progress.log_time(tx, LOCAL, "learn", skill, 60.0, now)
            notes.add(tx, LOCAL, "skill", skill, f"word {number}", now, product.places.knows)
            slug = product.labs.slugs[number % len(product.labs.slugs)]
            run = labs.begin_run(tx, LOCAL, lab=slug, folder="/x", seed="A", whole=True, now=now)
            report = {"summary": {"passed": 1}, "stages": []}
            labs.finish_run(tx, run, report, now=now, facts=product.facts)
            credentials.add(tx, Credential(f"c{number}", LOCAL, f"skill:{skill}", skill, "", "a.b.c", now))
            question = Asked(drill=drill.id, skill=skill, topic="middle", seconds=60, asked_at=now)
            interviews.write(
                tx, Interview(id=f"i{number}", learner=LOCAL, terms=Terms(), started_at=now, questions=(question,))
            )
            wait(tx, number, now)

    product.db.run_now(fill)
    return product


def wait(tx: Connection, number: int, now: datetime) -> None:
    """A submission in the queue."""
    name = f"s{number}"
    grading = Grading(
        id=name, lab="todo", app="", content=name, lab_hash="", state="waiting", attempt=0, lost=0, grader=None,
        until=None, lead=None, run=None, asked_at=now, started_at=None, ended_at=None, said="",
    )  # fmt: skip
    submissions.add_grading(tx, grading)
    submissions.add_submission(
        tx, Submission(id=name, learner=LOCAL, cohort=None, grading=name, lab="todo", name=name, asked_at=now)
    )


@pytest.fixture(scope="module")
def products(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Product]]:
    made = {count: filled(tmp_path_factory.mktemp(f"with-{count}") / "home", count) for count in (FEW, MANY)}
    yield made
    for product in made.values():
        product.close()


def asked(product: Product, query: str, count: int, access: Access = LOCAL_ACCESS) -> tuple[list[str], dict[str, Any]]:
    """The statements that an operation took, and what it answered."""
    said: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            said.append(statement)

    person = access.person
    context = Context(product.db, person.id, check=partial(check, access), parts=schema.parts(product, person))
    event.listen(product.db.engine, "before_cursor_execute", hear)
    try:
        answer = asyncio.run(
            schema.schema_of(server=True).execute(
                query, variable_values={"n": count} if "$n" in query else None, context_value=context
            )
        )
    finally:
        event.remove(product.db.engine, "before_cursor_execute", hear)
    assert answer.errors is None, answer.errors
    assert answer.data is not None
    return said, answer.data


def size(answer: Any) -> int:
    """How many objects an answer holds."""
    inside = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else ()
    return isinstance(answer, dict) + sum(map(size, inside))


@pytest.mark.parametrize("what", QUERIES)
def test_the_statements_do_not_grow(products: dict[int, Product], what: str) -> None:
    few, small = asked(products[FEW], QUERIES[what], FEW)
    many, large = asked(products[MANY], QUERIES[what], MANY)
    assert len(few) == len(many), "\n".join(["with few:", *few, "with many:", *many])
    assert few, "it asks the database at all"
    grows = "$n" in QUERIES[what]
    assert size(large) > 10 * size(small) if grows else size(large) >= size(small)


def test_what_is_said_is_the_content(products: dict[int, Product]) -> None:
    """The loaders hand each parent its own: compared with what is read one by one."""
    product = products[MANY]
    _, answer = asked(product, QUERIES["skills with all that hangs on them"], 100)
    curriculum: Curriculum = product.curriculum
    for skill in answer["skills"]["items"]:
        own = product.db.run_now(lambda tx, one=skill: progress.evidence_of(tx, LOCAL, one["id"], 5))
        assert [item["id"] for item in skill["evidence"]] == [item.id for item in own]
        assert all(note["title"] == curriculum.skill(skill["id"]).title for note in skill["notes"])
        assert len(skill["notes"]) == bool(own)
        outcomes = product.db.run_now(lambda tx, one=skill: progress.latest_outcomes(tx, LOCAL, one["id"]))
        said = {drill["id"]: drill["outcome"].lower() for drill in skill["drills"] if drill["outcome"]}
        assert said == outcomes

"""However many learn in a cohort, and whatever they did, the database is asked as often."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection

from backroad.cohorts import assigning, comments, invitations
from backroad.identity.model import Access
from backroad.product import Product
from backroad.teaching.content import content_of
from tests.cohorts.school import NOW, cohort, enrol, person, run
from tests.databases import settings_of
from tests.graphql.test_statements import FEW, MANY, asked, size

CHECK = "races.one_owner_per_alias"
LEARNER = 'cohort: "CO", learner: "ONE"'
# Query -> whose it is. As many as `n` of all that it asks for are there.
QUERIES = {
    "query($n: Int!){cohorts(first: $n){items{name role instructors learners etag}}}": "dan",
    'query($n: Int!){cohorts(first: $n, role: MEMBER){items{name instructors learners}} cohort(id: "CO"){name}}': "one",
    'query($n: Int!){cohortLearners(cohort: "CO", first: $n){items{name done stuckOn overdue behind}}}': "dan",
    'query($n: Int!){cohortStanding(cohort: "CO", first: $n){items{name skills{skill level}}}}': "dan",
    'query($n: Int!){cohortStuck(cohort: "CO", first: $n){name check runs}}': "dan",
    '{cohortLab(cohort: "CO", lab: "shortener"){stages{finished checks{tried runs}}}}': "dan",
    '{invitations(cohort: "CO"){id open}}': "dan",
    '{cohortInstructors(cohort: "CO"){name}}': "dan",
    '{assignments(cohort: "CO"){title done}}': "dan",
    '{assignments(cohort: "CO"){title skills done}}': "one",
    f"""query($n: Int!){{cohortLearner({LEARNER}){{
        name skills{{skill}} assignments{{title done}} evidence(first: $n){{items{{id by}}}}
        runs(first: $n){{items{{id lab{{title}}}}}} comments(run: "RUN"){{author text}}
    }}}}""": "dan",
    '{comments(run: "RUN"){author text}}': "one",
}
GROW = ("cohorts(first", "cohortLearners", "cohortStanding", "cohortStuck", "invitations", "comments")


class School(NamedTuple):
    product: Product
    people: dict[str, Access]
    ids: dict[str, str]

    def asked(self, query: str, count: int) -> tuple[list[str], dict[str, Any]]:
        told = query
        for name, known in self.ids.items():
            told = told.replace(f'"{name}"', f'"{known}"')
        return asked(self.product, told, count, self.people[QUERIES[query]])


def filled(home: Path, count: int) -> School:
    product = Product.open(settings_of(home))
    content = content_of(product.curriculum, product.outlines)

    def fill(tx: Connection) -> School:
        dan = person(tx, "dan", "instructor")
        learners = [person(tx, f"learner{number:03}") for number in range(count)]
        made = [cohort(tx, dan, f"Cohort {number}") for number in range(count)]
        for one in made:
            enrol(tx, one, dan, learners if one is made[0] else learners[:1])
        first, mine = learners[0], made[0]
        for number in range(count):
            run(tx, first.id, {CHECK: "failed"}, NOW - timedelta(days=1, minutes=-number))
        begun = [
            run(tx, learner.id, {CHECK: "failed", "links.creates": "passed"}, NOW - timedelta(hours=3 - hour))
            for learner in learners
            for hour in range(3)
        ]
        for number in range(count):
            invitations.invite(tx, mine, dan, days=2, uses=2, now=NOW)
            said = {"check": "", "text": f"Well {number}"}
            comments.say(tx, dan, mine.id, first.id, begun[0].id, (), **said, now=NOW)
            chosen = {"kind": "lab", "lab": "shortener", "deadline": mine.end}
            assigning.assign(tx, dan, mine.id, content, NOW, **chosen)  # type: ignore[arg-type]
        people = {"dan": Access(dan, "session"), "one": Access(first, "session")}
        return School(product, people, {"CO": mine.id, "ONE": first.id, "RUN": begun[0].id})

    made = product.db.run_now(fill)
    settle(made)
    return made


def settle(school: School) -> None:
    """Who asks for their own has settled in."""
    document = 'mutation{settle(settings: {road: "canonical"}){id}}'
    asked(school.product, document, 0, school.people["one"])


@pytest.fixture(scope="module")
def schools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, School]]:
    made = {count: filled(tmp_path_factory.mktemp(f"school-{count}") / "home", count) for count in (FEW, MANY)}
    yield made
    for school in made.values():
        school.product.close()


@pytest.mark.parametrize("query", QUERIES)
def test_the_statements_do_not_grow(schools: dict[int, School], query: str) -> None:
    few, small = schools[FEW].asked(query, FEW)
    many, large = schools[MANY].asked(query, MANY)
    assert len(few) == len(many), "\n".join(["with few:", *few, "with many:", *many])
    assert size(large) >= 10 * size(small) if any(name in query for name in GROW) else size(large) >= size(small)

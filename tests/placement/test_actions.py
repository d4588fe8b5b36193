"""Taking a placement: what is asked, what is kept, what becomes of it."""

from collections import Counter
from datetime import timedelta

import pytest

from backroad.accounts import actions as accounts
from backroad.drills.grade import grade
from backroad.drills.model import Drill, FillIn, Match, Multiple, Order, Predict, Result, Single, part_key
from backroad.kit.db import Database
from backroad.placement import actions, pages
from backroad.placement.choose import MOST_OF_A_SKILL, MOST_QUESTIONS
from backroad.placement.estimate import Graph
from backroad.placement.model import Placed, Placement, Question
from backroad.placement.questions import ASKED, RARE_GUESS, graph_of, guess_of, questions_left
from backroad.planner import actions as planner
from backroad.product import Product
from backroad.progress import NewEvidence, Standing
from backroad.progress import actions as progress
from tests.placement.conftest import NOW

LEARNER = "local"


def graph(product: Product) -> Graph:
    return graph_of(product.db.run_now(accounts.the_learner), product.curriculum)


def rightly(drill: Drill) -> Result:
    match drill:
        case Single() | Multiple():
            return grade(drill, {"answer": [choice.key for choice in drill.choices if choice.right]})
        case Order():
            return grade(drill, {"order": [part_key(item) for item in drill.items]})
        case Match():
            return grade(drill, {"match": {part_key(left): part_key(right) for left, right in drill.pairs}})
        case FillIn():
            return grade(drill, {"text": drill.answers[0]})
        case Predict():
            return grade(drill, {"text": drill.output})
    raise AssertionError(drill.kind)


def give(product: Product, asked: Question, result: Result | None, seconds: float = 20) -> Placement:
    return product.db.run_now(lambda tx: actions.answer(tx, LEARNER, asked, result, seconds=seconds, now=NOW))


def take(product: Product, knows: str, most: int = MOST_QUESTIONS) -> Placement:
    """Answer questions about skills whose id begins so rightly, and of others say that one does not know."""
    placement = product.db.run_now(lambda tx: actions.begin(tx, LEARNER, NOW))
    while len(placement.answers) < most:
        asked = actions.question(placement, graph(product), product.library)
        if asked is None:
            break
        result = rightly(asked.drill) if asked.drill.skill.startswith(knows) else None
        placement = give(product, asked, result)
    return placement


def end(product: Product, placed: list[Placed] | None = None) -> Placement:
    running = product.db.run_now(lambda tx: actions.running(tx, LEARNER))
    found = placed or actions.results(running, graph(product))
    return product.db.run_now(lambda tx: actions.end(tx, LEARNER, found, now=NOW, facts=product.facts))


def known(*skills: str) -> list[Placed]:
    return [Placed(skill, 0.9, "probably known") for skill in skills]


def standings(product: Product) -> dict[str, Standing]:
    return product.db.run_now(lambda tx: progress.standings(tx, LEARNER, NOW))


def planned(product: Product) -> set[str]:
    """Skills that the plan still holds."""
    learner = product.db.run_now(accounts.the_learner)
    plan = product.db.run_now(
        lambda tx: planner.plan_for(
            tx, learner, product.curriculum, product.outlines, product.facts, today=learner.start
        )
    )
    return {session.ref for day in plan.days for session in day.sessions if session.kind in ("learn", "drill")}


@pytest.mark.slow
def test_what_is_asked(product: Product) -> None:
    """At most 25 questions, no drill twice, at most two of one skill, only kinds that are graded by key."""
    placement = take(product, "sql.")
    drills = [product.library.get(given.drill) for given in placement.answers]
    assert len(drills) <= MOST_QUESTIONS
    assert len({drill.id for drill in drills}) == len(drills)
    assert max(Counter(drill.skill for drill in drills).values()) <= MOST_OF_A_SKILL
    assert all(isinstance(drill, ASKED) for drill in drills)
    assert {given.right for given in placement.answers} == {True, False}


def test_a_question_stays_until_it_is_answered(product: Product) -> None:
    placement = take(product, "sql.", most=2)
    first = actions.question(placement, graph(product), product.library)
    again = product.db.run_now(lambda tx: actions.begin(tx, LEARNER, NOW + timedelta(days=1)))
    assert again == placement, "the one that is running goes on"
    assert actions.question(again, graph(product), product.library) == first


def test_it_goes_on_after_a_restart(product: Product) -> None:
    placement = take(product, "sql.", most=3)
    reopened = Database(product.db.url)
    assert reopened.run_now(lambda tx: actions.running(tx, LEARNER)) == placement
    reopened.close()


def test_a_double_click_counts_once(product: Product) -> None:
    take(product, "sql.", most=1)
    running = product.db.run_now(lambda tx: actions.running(tx, LEARNER))
    asked = actions.question(running, graph(product), product.library)
    assert asked is not None
    give(product, asked, None, -5)
    kept = give(product, asked, None, 5)
    assert [given.seconds for given in kept.answers] == [20.0, 0.0]


def test_nothing_can_be_answered_or_ended_that_does_not_run(product: Product) -> None:
    with pytest.raises(actions.NotRunning, match="No placement is running"):
        product.db.run_now(lambda tx: actions.running(tx, LEARNER))
    take(product, "sql.", most=1)
    end(product)
    with pytest.raises(actions.NotRunning):
        end(product, known("sql.select"))
    assert product.db.run_now(lambda tx: actions.begin(tx, LEARNER, NOW)).answers == (), "a new one"


def test_of_other_learners_nothing_is_seen(product: Product) -> None:
    take(product, "sql.", most=1)
    assert product.db.run_now(lambda tx: actions.newest(tx, "somebody")) is None


@pytest.mark.slow
def test_what_is_probably_known_becomes_evidence(product: Product) -> None:
    take(product, "sql.")
    end(product)
    found = standings(product)
    assert {"sql.select", "sql.tables"} <= found.keys()
    assert not any(skill.startswith("docker.") for skill in found), "that a skill is new is no evidence"
    assert all(standing.placed and standing.level == "learning" for standing in found.values())
    evidence = product.db.run_now(lambda tx: progress.ledger(tx, LEARNER))
    assert {item.source for item in evidence} == {"placement"}
    assert "sql.select" not in planned(product)
    assert "docker.containers" in planned(product)


def test_a_later_miss_brings_the_skill_back(product: Product) -> None:
    take(product, "sql.", most=1)
    end(product, known("sql.select", "sql.joins"))
    assert not {"sql.select", "sql.joins"} & planned(product)
    miss = NewEvidence(
        skill="sql.joins", source="drill", ref="sql.joins/inner", outcome="failed", at=NOW + timedelta(hours=1)
    )
    product.db.run_now(lambda tx: progress.record(tx, LEARNER, [miss], now=miss.at or NOW, facts=product.facts))
    assert standings(product)["sql.joins"].placed is False
    assert planned(product) >= {"sql.joins"}
    assert "sql.select" not in planned(product)


def test_a_later_placement_overturns_an_earlier_one(product: Product) -> None:
    take(product, "sql.", most=1)
    end(product, known("sql.select", "sql.joins"))
    take(product, "sql.", most=1)
    end(product, [*known("sql.select"), Placed("sql.joins", 0.4, "not sure"), Placed("net.dns", 0.1, "probably new")])
    found = standings(product)
    assert (found["sql.select"].placed, found["sql.joins"].placed) == (True, False)
    assert "net.dns" not in found


def test_without_an_answer_nothing_is_recorded(product: Product) -> None:
    product.db.run_now(lambda tx: actions.begin(tx, LEARNER, NOW))
    end(product)
    assert standings(product) == {}


def test_guesses() -> None:
    from tests.drills.samples import FILL_IN, SINGLE

    assert guess_of(SINGLE) == 1 / len(SINGLE.choices)
    assert guess_of(FILL_IN) == RARE_GUESS


def test_the_graph_is_the_road_in_the_learners_language(product: Product) -> None:
    skills = graph(product).skills
    assert "lang.python" in skills
    assert "lang.go" not in skills
    place = {skill: number for number, skill in enumerate(skills)}
    assert all(place[other] < place[skill] for skill in skills for other in product.curriculum.skill(skill).requires)


def test_the_questions_of_a_skill_run_out(product: Product) -> None:
    first = questions_left(product.library, ["sql.joins", "no.such"], [], "s")
    assert list(first) == ["sql.joins"], "a skill without drills cannot be asked about"
    second = questions_left(product.library, ["sql.joins"], [first["sql.joins"].id], "s")
    assert second["sql.joins"] != first["sql.joins"]
    both = [first["sql.joins"].id, second["sql.joins"].id]
    assert questions_left(product.library, ["sql.joins"], both, "s") == {}


@pytest.mark.parametrize("kind", ASKED)
def test_every_kind_can_be_shown(product: Product, kind: type[Drill]) -> None:
    drill = next(drill for drill in product.library.by_id.values() if isinstance(drill, kind))
    learner = product.db.run_now(accounts.the_learner)
    answer = pages.question_page(Question(3, drill), "p", product.curriculum, learner)
    assert answer.status_code == 200
    assert "Question 3 of at most 25" in answer.content
    assert "I do not know" in answer.content
    assert 'action="/placement/answers"' in answer.content

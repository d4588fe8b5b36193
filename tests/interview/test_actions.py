"""Taking an interview: what is kept, what it takes, what becomes of it."""

import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from backroad.accounts import actions as accounts
from backroad.drills.model import part_key
from backroad.exchange.actions import export_account, import_account
from backroad.exchange.read import Archive
from backroad.interview import actions
from backroad.interview.candidates import candidates_for, skills_for, topic_of
from backroad.interview.model import LONGEST_TIME, Interview, Terms
from backroad.interview.summary import summary
from backroad.kit.db import Database
from backroad.kit.errors import NotFound, Problem
from backroad.product import Product
from backroad.progress import Evidence, NewEvidence
from backroad.progress import actions as progress
from tests.databases import settings_of
from tests.interview.conftest import NOW

LEARNER = "local"


def begin(product: Product, now: datetime = NOW, **terms: object) -> Interview:
    learner = product.db.run_now(accounts.the_learner)
    asked = Terms(**{"minutes": 20, **terms})  # type: ignore[arg-type]
    return product.db.run_now(lambda tx: actions.begin(tx, learner, product.curriculum, product.library, asked, now))


def answer(product: Product, number: int, text: str | None, minutes: float = 1) -> Interview:
    given = None if text is None else {"text": text}
    return product.db.run_now(lambda tx: actions.answer(tx, LEARNER, number, given, NOW + timedelta(minutes=minutes)))


def end(product: Product, found: Interview, now: datetime = NOW + timedelta(minutes=20)) -> Interview:
    results = actions.judged(found, product.library)
    return product.db.run_now(
        lambda tx: actions.end(tx, LEARNER, found.id, results, library=product.library, now=now, facts=product.facts)
    )


def grade(product: Product, found: Interview, points: dict[int, Iterable[str]]) -> Interview:
    now = NOW + timedelta(minutes=30)
    return product.db.run_now(
        lambda tx: actions.grade(tx, LEARNER, found.id, points, library=product.library, now=now, facts=product.facts)
    )


def through(product: Product, code: str = "", **terms: object) -> Interview:
    """Answer every question, a minute each, and end."""
    found = begin(product, **terms)
    while number := found.current:
        asked = found.questions[number - 1]
        right = getattr(product.library.get(asked.drill), "answer", "")
        found = answer(product, number, (code or right) if asked.topic == "coding" else "As I said.", number)
    return end(product, found)


def evidence(product: Product) -> list[Evidence]:
    return product.db.run_now(lambda tx: progress.ledger(tx, LEARNER))


def keys(product: Product, found: Interview, number: int) -> list[str]:
    drill = actions.rubric_of(found.questions[number - 1], product.library)
    assert drill is not None
    return [part_key(point) for point in drill.rubric]


def test_only_the_first_question_has_a_clock_that_runs(product: Product) -> None:
    found = begin(product)
    assert [asked.asked_at for asked in found.questions] == [NOW] + [None] * (len(found.questions) - 1)
    assert found.planned <= 1200
    assert found.said.startswith("You have begun nothing of your road yet")
    assert begin(product, NOW + timedelta(days=1), level="senior") == found, "one at a time"


def test_next_keeps_the_answer_and_begins_the_next_clock(product: Product) -> None:
    begin(product)
    found = answer(product, 1, "It is the same.\r\nAlways.", 3)
    first, second, *_ = found.questions
    assert (first.text, first.used, first.answered, first.skipped) == ("It is the same.\nAlways.", 180.0, True, False)
    assert second.asked_at == NOW + timedelta(minutes=3)
    assert first.score is None, "nothing is judged before the end"
    found = answer(product, 2, None, 4)
    assert (found.questions[1].skipped, found.questions[1].used, found.current) == (True, 60.0, 3)
    assert evidence(product) == []


def test_a_double_click_counts_once(product: Product) -> None:
    begin(product)
    once = answer(product, 1, "First.")
    for number in (1, 3, 0, -1, 99):
        assert answer(product, number, "Again.", 2) == once


@pytest.mark.parametrize("text", ["", " \n", "\0", "x" * 70_000, "\ud800"])
def test_what_is_no_answer_is_told_and_the_question_stays(product: Product, text: str) -> None:
    found = begin(product)
    with pytest.raises(Problem):
        answer(product, 1, text)
    assert begin(product) == found


def test_a_draft_is_kept_over_a_restart(product: Product) -> None:
    begin(product)
    kept = product.db.run_now(lambda tx: actions.keep_draft(tx, LEARNER, 1, {"text": "Half of"}))
    reopened = Database(product.db.url)
    assert reopened.run_now(lambda tx: actions.running(tx, LEARNER)) == kept
    reopened.close()
    assert (kept.questions[0].text, kept.current) == ("Half of", 1)
    assert product.db.run_now(lambda tx: actions.keep_draft(tx, LEARNER, 1, {"text": "  "})).questions[0].text == ""
    with pytest.raises(Problem, match="longer than"):
        product.db.run_now(lambda tx: actions.keep_draft(tx, LEARNER, 1, {"text": "x" * 70_000}))


def test_who_was_away_is_not_counted_for_hours(product: Product) -> None:
    begin(product)
    assert answer(product, 1, "Back again.", 60 * 26).questions[0].used == LONGEST_TIME


@pytest.mark.slow
def test_from_the_end_to_the_grades(product: Product) -> None:
    found = through(product)
    assert found.state == "to grade"
    coding = [(n, asked) for n, asked in enumerate(found.questions, 1) if asked.topic == "coding"]
    assert [asked.score for _, asked in coding] == [1.0]
    assert [(item.id, item.outcome, item.seconds) for item in evidence(product)] == [
        (f"{found.id}:{number}", "passed", 60.0) for number, _ in coding
    ]
    spoken = [number for number, asked in enumerate(found.questions, 1) if asked.to_grade]
    first, *others = spoken
    found = grade(product, found, {first: keys(product, found, first)})
    assert found.questions[first - 1].score == 1.0
    found = grade(product, found, {number: keys(product, found, number)[:1] for number in others})
    assert found.state == "graded"
    written = {item.id: item for item in evidence(product)}
    assert len(written) == len(found.questions)
    graded = written[f"{found.id}:{first}"]
    assert (graded.source, graded.outcome, graded.detail["self_graded"]) == ("drill", "passed", True)
    assert {written[f"{found.id}:{number}"].outcome for number in others} == {"failed"}
    spent = product.db.run_now(lambda tx: progress.time_spent(tx, LEARNER))
    assert sum(spent.values()) == 60.0 * len(found.questions)


@pytest.mark.slow
def test_it_travels_with_the_export(product: Product, tmp_path: Path) -> None:
    found = through(product, code="SELECT 1 AS wrong", areas=("sql",))
    found = grade(product, found, {n: keys(product, found, n)[:2] for n in (1, 2)})
    out = io.BytesIO()
    product.db.run_now(lambda tx: export_account(tx, LEARNER, out, NOW))
    other = Product.open(settings_of(tmp_path / "other"))
    archive = Archive(out)
    other.db.run_now(lambda tx: import_account(tx, LEARNER, archive, replace=False, facts=product.facts))
    assert other.db.run_now(lambda tx: actions.get(tx, LEARNER, found.id)) == found
    assert evidence(other) == evidence(product)
    other.close()


@pytest.mark.slow
def test_ending_and_grading_twice_counts_once(product: Product) -> None:
    found = through(product)
    assert end(product, found, NOW + timedelta(days=1)) == found
    number = next(n for n, asked in enumerate(found.questions, 1) if asked.to_grade)
    graded = grade(product, found, {number: keys(product, found, number)})
    ledger = evidence(product)
    assert grade(product, found, {number: []}) == graded
    assert evidence(product) == ledger


@pytest.mark.slow
def test_code_that_does_not_run_is_unclear_and_no_evidence(product: Product) -> None:
    found = through(product, code="this is ( neither Python nor SQL")
    asked = next(asked for asked in found.questions if asked.topic == "coding")
    assert asked.result is not None
    assert (asked.result.outcome, asked.score) == ("unclear", 0.0)
    assert asked.result.feedback[0].why
    assert evidence(product) == []


@pytest.mark.slow
def test_code_that_never_ends_is_stopped(product: Product) -> None:
    found = begin(product, areas=("http",))
    while number := found.current:
        coding = found.questions[number - 1].topic == "coding"
        found = answer(product, number, "while True:\n    pass\n" if coding else None)
    found = end(product, found)
    asked = next(asked for asked in found.questions if asked.topic == "coding")
    assert asked.result is not None
    assert asked.result.outcome == "failed"


def test_ended_early(product: Product) -> None:
    begin(product)
    found = end(product, answer(product, 1, None))
    told = summary(found)
    assert (told.answered, told.skipped, told.not_reached) == (0, 1, len(found.questions) - 1)
    assert (told.score, found.state) == (0.0, "graded")
    assert evidence(product) == [], "nothing was done"
    with pytest.raises(actions.NotRunning):
        answer(product, 2, "Late.")
    with pytest.raises(Problem, match="This interview is over"):
        product.db.run_now(lambda tx: actions.open_one(tx, LEARNER, found.id))


def test_grading_what_cannot_be_graded(product: Product) -> None:
    running = begin(product)
    with pytest.raises(actions.StillRunning):
        grade(product, running, {1: []})
    ended = end(product, answer(product, 1, "Something."))
    with pytest.raises(Problem, match="not in the drill"):
        grade(product, ended, {1: ["nonsense"]})
    with pytest.raises(NotFound, match="no question 99"):
        grade(product, ended, {99: []})
    assert grade(product, ended, {2: ["x"]}) == ended, "it was not reached"
    with pytest.raises(NotFound, match="no interview"):
        grade(product, msgspec.structs.replace(ended, id="other"), {1: []})


def test_the_next_interview_asks_something_else(product: Product) -> None:
    asked: set[str] = set()
    for day in range(4):
        begin(product, NOW + timedelta(days=day), coding=False)
        found = product.db.run_now(lambda tx: actions.running(tx, LEARNER))
        drills = {item.drill for item in found.questions}
        assert not drills & asked
        while number := found.current:
            found = answer(product, number, None)
        end(product, found)
        asked |= drills


def test_what_the_learner_has_begun_comes_first(product: Product) -> None:
    begun = [NewEvidence(skill="sql.joins", source="drill", ref="sql.joins/x", outcome="passed")]
    product.db.run_now(lambda tx: progress.record(tx, LEARNER, begun, now=NOW, facts=product.facts))
    found = begin(product, minutes=60)
    assert "begun nothing" not in found.said
    assert "sql.joins" in {asked.skill for asked in found.questions if asked.topic == "coding"}


def test_an_area_that_is_none_and_an_area_without_questions(product: Product) -> None:
    with pytest.raises(Problem, match="There is no area 'cobol'"):
        begin(product, areas=("cobol",))
    with pytest.raises(Problem, match="no question in these areas"):
        begin(product, areas=("net",))


def test_who_learns_node_writes_javascript(product: Product) -> None:
    learner = product.db.run_now(accounts.the_learner)
    for language, other in (("python", "node"), ("node", "python")):
        wants = msgspec.structs.replace(learner, language=language)
        skills = skills_for(wants, product.curriculum, ())
        found = candidates_for(wants, skills, product.library, begun=(), earlier=())
        languages = {getattr(product.library.get(item.drill), "language", "") for item in found}
        assert other not in languages or language == "node", "without Node.js, Python is asked of all"
    assert (
        topic_of(
            product.library.get("net.internet/" + next(iter(product.library.of_skill("net.internet"))).name), "python"
        )
        is None
    )

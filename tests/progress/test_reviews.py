"""When drills come back."""

from datetime import date, timedelta

import pytest
from fsrs import Card as Memory
from fsrs import Rating, Scheduler
from hypothesis import given, settings

from backroad.kit.clock import local_day
from backroad.progress import reviews
from backroad.progress.model import Card, Evidence
from backroad.progress.standing import in_order

from .samples import NOW, at, done, histories

TODAY = date(2027, 3, 1)


def card(*answers: Evidence) -> Card:
    made = reviews.card_of(in_order(answers))
    assert made
    return made


def plain(ref: str, due: date, *gaps: int) -> Card:
    return Card(ref=ref, skill="s", due=due, last_at=NOW, stability=1, difficulty=5, outcome="passed", gaps=gaps)


def test_a_right_answer_comes_back_later_than_a_wrong_one() -> None:
    passed, failed = card(done("drill", "a", "passed")), card(done("drill", "a", "failed"))
    assert (passed.due - TODAY, failed.due - TODAY) == (timedelta(days=2), timedelta(days=1))
    assert (passed.outcome, failed.outcome) == ("passed", "failed")


def test_a_slow_right_answer_comes_back_sooner() -> None:
    slow, fast = (card(done("drill", "a", "passed", seconds=s, detail={"estimate": 30})) for s in (61.0, 60.0))
    assert slow.stability < fast.stability
    assert card(done("drill", "a", "passed", seconds=999.0)).stability == fast.stability, "no estimate, no judgement"


def test_each_right_review_on_its_day_stretches_the_gap() -> None:
    answered = [done("drill", "a", "passed")]
    for _ in range(3):
        days = (card(*answered).due - TODAY).days
        answered.append(done("review", "a", "passed", days))
    assert card(*answered).due == TODAY + timedelta(days=222)
    assert card(answered[0]).gaps[:3] == (11, 46, 163)


def test_a_missed_review_comes_back_soon() -> None:
    forgotten = card(done("drill", "a", "passed"), done("review", "a", "failed", 2))
    assert (forgotten.due - TODAY).days == 3


def test_unclear_answers_do_not_count() -> None:
    assert reviews.card_of([done("drill", "a", "unclear")]) is None
    assert card(done("drill", "a", "passed"), done("review", "a", "unclear", 2)) == card(done("drill", "a", "passed"))


def test_the_hour_of_the_answer_does_not_move_the_day() -> None:
    for hours in range(24):
        moment = hours / 24
        assert card(done("drill", "a", "failed", moment)).due == local_day(at(moment)) + timedelta(days=1)


@settings(max_examples=50, deadline=None)
@given(histories())
def test_no_drill_is_due_on_the_day_it_was_answered(evidence: list[Evidence]) -> None:
    made = reviews.card_of([item for item in in_order(evidence) if item.ref.endswith("/a")])
    if made:
        assert made.due > local_day(made.last_at)
        assert 1 <= made.difficulty <= 10
        assert made.stability > 0
        assert all(gap >= 1 for gap in made.gaps)


@pytest.mark.parametrize("days", [0, 1, 2, 30, 900])
def test_the_forgetting_curve_is_that_of_fsrs(days: int) -> None:
    memory, _ = Scheduler().review_card(Memory(card_id=0, due=NOW), Rating.Good, NOW)
    assert memory.stability
    want = Scheduler().get_card_retrievability(memory, at(days + 0.5))
    assert reviews.retrievability(memory.stability, days) == pytest.approx(want)


def test_due_and_forecast() -> None:
    cards = [
        plain("today", TODAY, 3, 9),
        plain("later", TODAY + timedelta(days=3)),
        plain("overdue", TODAY - timedelta(days=9), 1),
    ]
    assert [item.ref for item in reviews.due(cards, TODAY)] == ["overdue", "today"]
    counts = {(day - TODAY).days: count for day, count in reviews.forecast(cards, TODAY, 12).items()}
    assert counts == {0: 2, 1: 1, 3: 2}
    assert reviews.forecast(cards, TODAY, 0) == {}
    assert reviews.forecast([], TODAY, 30) == {}

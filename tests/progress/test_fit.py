"""The scale of a learner's memory, fitted to simulated reviewers whose true scale is known."""

import math
import random
from datetime import timedelta

import pytest

from backroad.progress.fit import FIRST_FIT, LIMITS, Sample, fit_at, samples_of, scale_of
from backroad.progress.model import Evidence, Memory
from backroad.progress.reviews import card_of, first_stability, flattened, gaps_of, retrievability
from backroad.progress.standing import in_order

from .samples import done
from .test_reviews import TODAY


def reviewer(scale: float, drills: int, seed: int) -> list[Sample]:
    """First reviews of somebody who forgets by the curve of FSRS, but `scale` times as slowly; some come late."""
    luck = random.Random(seed)
    made = []
    for _ in range(drills):
        stability = luck.choice([0.212, 1.2931, 2.3065, 2.3065, 2.3065])
        days = max(1, round(stability)) + luck.choice([0, 0, 1, 3, 8])
        made.append(Sample(stability, days, luck.random() < retrievability(stability * scale, days)))
    return made


def surprise(scale: float, samples: list[Sample]) -> float:
    """Mean log loss: the less, the better the reviews were foreseen."""
    chances = [retrievability(sample.stability * scale, sample.days) for sample in samples]
    return -sum(math.log(c if s.passed else 1 - c) for c, s in zip(chances, samples, strict=True)) / len(samples)


@pytest.mark.parametrize("true", [0.3, 0.6, 1.0, 2.0, 4.0])
def test_the_scale_of_a_simulated_reviewer_is_found(true: float) -> None:
    found = scale_of(reviewer(true, 1500, seed=7))
    assert true / 1.35 < found < true * 1.35


@pytest.mark.parametrize("true", [0.3, 3.5])
def test_the_fit_foresees_later_reviews_better_than_the_usual_parameters(true: float) -> None:
    fitted, later = scale_of(reviewer(true, 300, seed=1)), reviewer(true, 2000, seed=2)
    assert surprise(fitted, later) < surprise(1.0, later) - 0.005


@pytest.mark.parametrize("seed", range(5))
def test_few_reviews_hold_it_near_one(seed: int) -> None:
    assert 0.4 < scale_of(reviewer(1.0, 10, seed)) < 2.5
    assert scale_of([]) == 1.0


@pytest.mark.parametrize("passed", [True, False])
def test_it_stays_within_its_limits(passed: bool) -> None:
    assert LIMITS[0] <= scale_of([Sample(2.3, 3, passed)] * 5000) <= LIMITS[1]


def test_the_fit_is_renewed_when_there_are_twice_as_many_reviews() -> None:
    assert [fit_at(number) for number in (0, 63, 64, 127, 128, 255, 256, 1000)] == [0, 0, 64, 64, 128, 128, 256, 512]


def answered(drills: int) -> list[Evidence]:
    first = [done("drill", f"d{number}", "passed") for number in range(drills)]
    return first + [done("review", f"d{number}", "failed", 2) for number in range(drills)]


def test_samples_are_first_reviews_as_far_as_the_fit_rests_on_them() -> None:
    assert samples_of(in_order(answered(FIRST_FIT - 1))) == []
    samples = samples_of(in_order(answered(FIRST_FIT + 5)))
    assert samples == [Sample(2.3065, 2, False)] * FIRST_FIT


def test_answers_of_one_day_and_unclear_ones_say_nothing() -> None:
    noise = [done("review", f"d{number}", "unclear", 1) for number in range(9)]
    noise += [done("drill", "x", "passed"), done("review", "x", "passed", 0.1)]
    samples = samples_of(in_order([*answered(FIRST_FIT), *noise]))
    assert len(samples) == FIRST_FIT - 1, "the review of the same day counts as one, and says nothing"
    assert {sample.days for sample in samples} == {2}


def test_the_first_stability_is_that_of_fsrs() -> None:
    for outcome, seconds in (("passed", 1.0), ("passed", 99.0), ("failed", 1.0)):
        answer = done("drill", "a", outcome, seconds=seconds, detail={"estimate": 30})
        made = card_of([answer])
        assert made
        assert made.stability == first_stability(answer)


def test_a_higher_retention_and_a_shorter_memory_bring_drills_back_sooner() -> None:
    assert gaps_of(90, 1.0) == Memory().gaps
    assert gaps_of(95, 1.0) < gaps_of(90, 1.0) < gaps_of(80, 1.0)
    assert gaps_of(90, 0.4) < gaps_of(90, 1.0) < gaps_of(90, 3.0)
    answer = done("drill", "a", "passed")
    long, usual = card_of([answer], Memory(scale=3.0)), card_of([answer])
    assert long
    assert usual
    assert long.stability == pytest.approx(3 * usual.stability)
    assert long.due > usual.due


def test_lapses_are_reviews_answered_wrong() -> None:
    answers = [done("drill", "a", "failed"), done("review", "a", "failed", 1), done("review", "a", "unclear", 2)]
    made = card_of([*answers, done("review", "a", "passed", 3)])
    assert made
    assert made.lapses == 1


def test_days_are_flattened_and_nothing_is_lost() -> None:
    days = [TODAY + timedelta(days=number) for number in range(6)]
    flat = flattened({days[0]: 25, days[1]: 3, days[5]: 1}, room=4, most=10)
    assert flat == {days[0]: 4, days[1]: 10, days[2]: 10, days[3]: 4, days[5]: 1}
    assert flattened({}, 4, 10) == {}
    assert flattened({days[0]: 2}, room=0, most=10) == {days[1]: 2}
    assert flattened({days[1]: 9}, room=0, most=10, first=days[0]) == {days[1]: 9}, "only today has less room"


def test_fitting_is_quick_however_many_reviews_there_are() -> None:
    samples = samples_of(in_order(answered(2048)))
    assert len(samples) == 2048
    assert scale_of(samples) < 0.5

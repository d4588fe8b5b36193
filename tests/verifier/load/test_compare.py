import math

import pytest
import uvloop

from backroad.verifier import Verdict
from backroad.verifier.load import LoadResult, compare, judge_slowdown, measure_slowdown
from tests.verifier.load.results import result

QUICK = [0.002] * 2000
SLOW = [0.002] * 1900 + [0.2] * 100


def pair(before: list[float], after: list[float], **options):
    return compare(result(before), result(after, **options))


def test_ratios_are_those_of_the_percentiles():
    one = pair(QUICK, SLOW)
    assert one.ratios["p50"] == pytest.approx(1)
    assert one.ratios["p99"] == pytest.approx(100, rel=0.01)


def test_slow_every_time_is_a_failure_that_names_the_best():
    said = judge_slowdown([pair(QUICK, SLOW)] * 3, at_most=5)
    assert said.verdict is Verdict.FAILED
    assert said.expected == "a p99 under load of at most 5 times the baseline"
    assert said.got == "0.2 s, 100.0 times the baseline of 2.0 ms, as the best of three measurements"


def test_one_slow_measurement_is_not():
    assert judge_slowdown([pair(QUICK, SLOW), pair(QUICK, QUICK)], at_most=5).verdict is Verdict.PASSED
    assert judge_slowdown([pair(QUICK, SLOW)] * 2, at_most=5).verdict is Verdict.UNCLEAR
    assert judge_slowdown([], at_most=5).verdict is Verdict.UNCLEAR


def test_one_slow_sample_is_not():
    spike = [0.002] * 1999 + [3.0]
    assert judge_slowdown([pair(QUICK, spike)] * 5, at_most=5).verdict is Verdict.PASSED
    assert judge_slowdown([pair(QUICK, spike)] * 5, at_most=5, percent=99.9).verdict is Verdict.UNCLEAR


def test_a_few_milliseconds_are_not():
    said = judge_slowdown([pair([0.0001] * 2000, [0.004] * 2000)] * 3, at_most=5)
    assert said.verdict is Verdict.PASSED


def test_too_few_samples_decide_nothing():
    assert judge_slowdown([pair([0.002] * 100, [0.2] * 100)] * 5, at_most=5).verdict is Verdict.UNCLEAR


def test_a_generator_that_was_late_itself_decides_nothing():
    assert judge_slowdown([pair(QUICK, SLOW, late=[0.15] * 100)] * 5, at_most=5).verdict is Verdict.UNCLEAR


def test_no_answer_is_slower_than_any_answer():
    one = pair(QUICK, QUICK, unsent=100)
    assert math.isinf(one.ratios["p99"])
    assert one.ratios["p90"] == pytest.approx(1)
    said = judge_slowdown([one] * 3, at_most=5)
    assert (said.verdict, said.got[:37]) == (Verdict.FAILED, "no answer at all, infinitely many tim")


def test_a_baseline_without_answers_decides_nothing():
    one = compare(result(QUICK, unsent=100), result(QUICK))
    assert judge_slowdown([one] * 5, at_most=5).verdict is Verdict.UNCLEAR


@pytest.mark.parametrize(
    ("loads", "verdict", "measured"),
    [([SLOW] * 9, Verdict.FAILED, 3), ([SLOW, SLOW, QUICK], Verdict.PASSED, 3), ([[0.2] * 50] * 9, Verdict.UNCLEAR, 5)],
)
def test_measuring_goes_on_until_it_can_be_told(loads: list[list[float]], verdict: Verdict, measured: int):
    done: list[LoadResult] = []

    async def baseline() -> LoadResult:
        return result(QUICK)

    async def loaded() -> LoadResult:
        done.append(result(loads[len(done)]))
        return done[-1]

    said = uvloop.run(measure_slowdown(baseline, loaded, at_most=5))
    assert (said.verdict, len(done)) == (verdict, measured)

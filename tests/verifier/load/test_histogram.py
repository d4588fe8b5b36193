import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backroad.verifier.load.histogram import HIGHEST, SIZE, Histogram, index_of, value_at
from tests.verifier.load.results import histogram

VALUES = st.integers(0, HIGHEST) | st.integers(0, 5000)


@given(VALUES)
def test_a_value_is_kept_to_three_digits(value: int):
    top = value_at(index_of(value))
    assert value <= top <= value * (1 + 1 / 1024)


def test_buckets_follow_one_another_without_gap():
    for index in range(SIZE - 1):
        assert index_of(value_at(index)) == index
        assert index_of(value_at(index) + 1) == index + 1


@settings(max_examples=40)
@given(st.lists(VALUES, min_size=1), st.sampled_from([0, 1, 50, 90, 99, 99.9, 100]))
def test_percentiles_are_those_of_the_sorted_values(values: list[int], percent: float):
    one = Histogram()
    for value in values:
        one.record(value)
    exact = sorted(values)[max(1, math.ceil(round(len(values) * percent / 100, 6))) - 1] / 1e6
    assert exact <= one.percentile(percent) <= exact * (1 + 1 / 1024)
    assert one.max == max(values) / 1e6
    assert one.mean == pytest.approx(sum(values) / len(values) / 1e6)


@settings(max_examples=40)
@given(st.lists(VALUES), st.lists(VALUES))
def test_merging_is_recording_all(first: list[int], second: list[int]):
    one, two, both = Histogram(), Histogram(), Histogram()
    for values, into in ((first, one), (second, two), (first + second, both)):
        for value in values:
            into.record(value)
    one.merge(two)
    assert one == both


@settings(max_examples=40)
@given(st.lists(VALUES))
def test_it_survives_json(values: list[int]):
    one = Histogram()
    for value in values:
        one.record(value)
    back = Histogram.from_json(json.loads(json.dumps(one.to_json())))
    assert back == one
    assert back.total == len(values)


def test_an_empty_one_says_nothing_took_any_time():
    assert (Histogram().percentile(99), Histogram().mean, Histogram().max) == (0, 0, 0)


def test_what_is_out_of_range_is_counted_at_its_ends():
    one = Histogram()
    one.record(-5)
    one.record(90_000_000)
    assert one.total == 2
    assert one.percentile(50) == 0
    assert one.max == one.percentile(100) == 90


def test_above_counts_the_longer_ones():
    assert histogram([0.1, 0.2, 0.3, 0.4]).above(0.25) == 2


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"unit": "us", "digits": 3, "counts": [1]},
        {"unit": "us", "digits": 3, "counts": [1, -1], "sum": 1, "max": 1},
        {"unit": "us", "digits": 3, "counts": [SIZE, 1], "sum": 1, "max": 1},
        {"unit": "us", "digits": 3, "counts": [500, 1], "sum": 1, "max": 1},
        {"unit": "ms", "digits": 3, "counts": [], "sum": 0, "max": 0},
    ],
)
def test_a_foreign_document_is_refused(document: dict[str, object]):
    with pytest.raises(ValueError):
        Histogram.from_json(document)

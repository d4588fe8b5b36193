import itertools

import pytest

from backroad.verifier import VerifierError
from backroad.verifier.load import Schedule
from backroad.verifier.load.schedule import schedule


def test_constant_arrivals_are_evenly_spaced():
    assert list(Schedule(rate=4).times(1)) == [0, 0.25, 0.5, 0.75]


@pytest.mark.parametrize(
    ("rate", "seconds", "number"), [(300, 0.1 + 0.05, 45), (10, 0.7 + 0.1, 8), (3, 1.5, 5), (7, 0.01, 1)]
)
def test_sums_of_floats_do_not_change_the_number(rate: float, seconds: float, number: int):
    assert len(list(Schedule(rate=rate).times(seconds))) == number


def test_a_long_schedule_does_not_drift():
    times = list(Schedule(rate=3000).times(10))
    assert len(times) == 30_000
    assert times[-1] == 29_999 / 3000


def test_poisson_arrivals_follow_from_the_seed():
    def times(seed: str) -> list[float]:
        return list(Schedule(rate=1000, arrivals="poisson", seed=seed).times(5))

    assert times("7Q2F") == times("7Q2F") != times("7Q2G")
    assert times("7Q2F") == sorted(times("7Q2F"))
    assert 4700 < len(times("7Q2F")) < 5300


def test_poisson_gaps_vary_as_much_as_they_last():
    times = list(Schedule(rate=1000, arrivals="poisson", seed="a").times(5))
    gaps = [after - before for before, after in itertools.pairwise(times)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert deviation == pytest.approx(mean, rel=0.1)


@pytest.mark.parametrize("rate", [0, -1, 1e9, float("nan")])
def test_a_rate_out_of_bounds_is_refused(rate: float):
    with pytest.raises(VerifierError, match="out of bounds"):
        schedule(rate)

"""Days in a row, the year at a glance, time against estimates, and pace."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backroad.progress.pace import pace
from backroad.progress.streak import TimeSpent, against_estimates, heatmap, streak

TODAY = date(2027, 3, 3)


def ago(*days: int) -> set[date]:
    return {TODAY - timedelta(days=number) for number in days}


def test_days_in_a_row() -> None:
    assert streak(ago(0, 1, 2, 5, 6, 7, 8), TODAY) == streak(ago(0, 1, 2, 5, 6, 7, 8), TODAY)
    result = streak(ago(0, 1, 2, 5, 6, 7, 8), TODAY)
    assert (result.current, result.longest) == (3, 4)
    assert (streak(set(), TODAY).current, streak(set(), TODAY).longest) == (0, 0)


def test_today_is_not_over_yet() -> None:
    assert streak(ago(1, 2), TODAY).current == 2
    assert streak(ago(2, 3), TODAY).current == 0


def test_days_off_do_not_break_it() -> None:
    off = ago(1, 2)
    assert streak(ago(0, 3, 4), TODAY, off.__contains__).current == 3
    assert streak(ago(0, 2, 3), TODAY, off.__contains__).current == 3, "an active day off counts"
    assert streak(ago(3, 4), TODAY, off.__contains__).current == 2


@given(st.sets(st.integers(0, 60)))
def test_the_longest_is_at_least_the_current(days: set[int]) -> None:
    result = streak(ago(*days), TODAY)
    assert 0 <= result.current <= result.longest <= len(days)


def test_the_heatmap_has_53_weeks_and_no_future() -> None:
    weeks = heatmap({TODAY: 3600.0, TODAY - timedelta(days=1): 0.0, TODAY - timedelta(days=2): 20 * 60.0}, TODAY)
    assert len(weeks) == 53
    assert all(len(week) == 7 for week in weeks)
    assert [day and (day.minutes, day.shade) for day in weeks[-1]] == [(20, 2), (0, 1), (60, 4), None, None, None, None]
    first = weeks[0][0]
    assert first
    assert first.date == date(2026, 3, 2)
    assert first.shade == 0


def test_time_against_estimates() -> None:
    spent = against_estimates({"a": 3600.0, "b": 5400.0, "unknown": 60.0, "none": 0.0}, {"a": 60, "b": 60, "none": 5})
    assert spent == [TimeSpent("b", 90, 60, 1.5), TimeSpent("a", 60, 60, 1.0)]


def test_pace_starts_at_the_estimates_and_moves_with_what_is_finished() -> None:
    assert pace({}, {}) == (1.0, 0.134)
    assert pace({"a": 3600.0}, {"a": 60}) == (1.0, 0.112)
    twice = {f"s{n}": 7200.0 for n in range(15)}
    found, spread = pace(twice, dict.fromkeys(twice, 60))
    assert found == 1.75
    assert spread < 0.134
    assert pace({"a": 10.0**9}, {"a": 1, "b": 60})[0] == 1.5, "one left-open page does not spoil it"

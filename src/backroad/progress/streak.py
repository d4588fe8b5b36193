"""Days in a row, the year at a glance, and time spent against the estimates. Pure."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta

import msgspec

WEEKS = 53
SHADES = (15, 30, 60)
"""Minutes from which a day is darker: shade 1 below the first, 4 from the last."""


class Streak(msgspec.Struct, frozen=True):
    current: int
    longest: int


class HeatDay(msgspec.Struct, frozen=True):
    date: date
    minutes: int
    shade: int
    """0 no activity … 4."""


class TimeSpent(msgspec.Struct, frozen=True):
    ref: str
    minutes: int
    estimate: int
    share: float
    """Spent divided by estimate."""


def never_off(_: date) -> bool:
    return False


def streak(active: Collection[date], today: date, is_off: Callable[[date], bool] = never_off) -> Streak:
    """Active days in a row. A day off neither breaks nor counts, unless it was active; today is not over yet."""
    days = {day for day in active if day <= today}
    if not days:
        return Streak(0, 0)
    run = longest = 0
    for number in range(min(days).toordinal(), today.toordinal() + 1):
        day = date.fromordinal(number)
        if day in days:
            run += 1
            longest = max(longest, run)
        elif not is_off(day) and day != today:
            run = 0
    return Streak(run, longest)


def heatmap(seconds: Mapping[date, float], today: date) -> tuple[tuple[HeatDay | None, ...], ...]:
    """53 weeks from Monday to Sunday, the last one holding today; None for days to come.

    A day that is a key was active, even with 0 seconds.
    """
    monday = today - timedelta(days=today.weekday())
    weeks = []
    for week in range(WEEKS - 1, -1, -1):
        first = monday - timedelta(weeks=week)
        days = [first + timedelta(days=number) for number in range(7)]
        weeks.append(tuple(_heat(day, seconds) if day <= today else None for day in days))
    return tuple(weeks)


def _heat(day: date, seconds: Mapping[date, float]) -> HeatDay:
    if day not in seconds:
        return HeatDay(day, 0, 0)
    minutes = round(seconds[day] / 60)
    return HeatDay(day, minutes, 1 + sum(minutes >= limit for limit in SHADES))


def against_estimates(seconds: Mapping[str, float], estimates: Mapping[str, int]) -> list[TimeSpent]:
    """Time spent on each skill and lab that has an estimate in minutes, most over it first."""
    spent = [
        TimeSpent(ref, round(own / 60), estimates[ref], round(own / 60 / estimates[ref], 2))
        for ref, own in seconds.items()
        if own > 0 and estimates.get(ref, 0) > 0
    ]
    return sorted(spent, key=lambda item: (-item.share, item.ref))

"""How numbers and dates are said, the same in pages and in the terminal."""

from datetime import date


def say_minutes(minutes: float) -> str:
    """`45 min`, `2 h`, `2 h 30 min`."""
    hours, rest = divmod(round(minutes), 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def say_day(value: str | date, form: str = "short") -> str:
    """`Mon 4 Jan`; "long": `Monday, 4 January 2027`; "year": `4 Jan 2027`."""
    day = date.fromisoformat(value) if isinstance(value, str) else value
    if form == "long":
        return f"{day:%A}, {day.day} {day:%B %Y}"
    if form == "year":
        return f"{day.day} {day:%b %Y}"
    return f"{day:%a} {day.day} {day:%b}"


def say_date(day: date) -> str:
    """`4 January 2027`."""
    return f"{day.day} {day:%B} {day.year}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 drill`, `2 drills`."""
    return f"{count} {one if count == 1 else many or one + 's'}"

"""Reading what people type into forms and on command lines."""

from datetime import date

from backroad.kit.errors import Problem


def number_of(text: object, name: str) -> int:
    try:
        return int(str(text).strip())
    except ValueError:
        raise Problem(f"{name}: {str(text)[:40]!r} is not a whole number.") from None


def day_of(text: object, name: str) -> date:
    try:
        return date.fromisoformat(str(text).strip())
    except ValueError:
        raise Problem(f"{name}: {str(text)[:40]!r} is not a date.", "Write dates as 2027-01-31.") from None

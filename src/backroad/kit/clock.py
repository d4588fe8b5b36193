"""What time it is: one place to ask, so that tests and demonstrations can say."""

import os
from datetime import UTC, date, datetime, timedelta

from backroad.kit.errors import Problem


def now() -> datetime:
    """The time in UTC. `BACKROAD_NOW` (ISO 8601) sets the clock for demonstrations and tests."""
    pretended = os.environ.get("BACKROAD_NOW")
    if pretended:
        try:
            return datetime.fromisoformat(pretended).astimezone(UTC)
        except (ValueError, OverflowError):
            raise Problem(
                f"BACKROAD_NOW is {pretended[:40]!r}, which is not a moment.",
                "Write it as 2027-01-04T10:00:00+00:00, or unset it.",
                status=500,
            ) from None
    return datetime.now(UTC)


def local_day(moment: datetime) -> date:
    """The learner's calendar day of a moment. A day ends at 4 in the morning: a late evening is still today."""
    return (moment.astimezone() - timedelta(hours=4)).date()


def today() -> date:
    return local_day(now())

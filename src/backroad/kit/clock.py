"""What time it is: one place to ask, so that tests and demonstrations can say."""

import os
from datetime import UTC, date, datetime, timedelta


def now() -> datetime:
    """The time in UTC. `BACKROAD_NOW` (ISO 8601) sets the clock for demonstrations and tests."""
    pretended = os.environ.get("BACKROAD_NOW")
    if pretended:
        moment = datetime.fromisoformat(pretended)
        return moment.astimezone(UTC)
    return datetime.now(UTC)


def local_day(moment: datetime) -> date:
    """The learner's calendar day of a moment. A day ends at 4 in the morning: a late evening is still today."""
    return (moment.astimezone() - timedelta(hours=4)).date()


def today() -> date:
    return local_day(now())

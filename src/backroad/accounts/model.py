"""The learner and their availability."""

from datetime import date, datetime

import msgspec

from backroad.curriculum.model import Language

LANGUAGE_NAMES: dict[str, str] = {
    "node": "Node.js",
    "python": "Python",
    "java": "Java",
    "go": "Go",
    "php": "PHP",
    "ruby": "Ruby",
    "csharp": "C#",
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


MOST_MINUTES_A_DAY = 960
LEAST_MINUTES_A_WEEK = 60
"""The canonical road takes about 200 hours: with less than this a week it would not end within six years."""
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
"""Between them a learner starts and ends."""
STUDY_FROM = "18:00"
RETENTIONS = range(80, 96)
"""Per cent: below, most is forgotten before it is asked; above, little but reviews would be done."""
RETENTION = 90
REVIEWS_A_DAY = 100
MOST_REVIEWS_A_DAY = 999


class Learner(msgspec.Struct, frozen=True):
    id: str
    road: str
    """Id of the road they follow, e.g. `canonical`."""
    language: Language
    minutes: tuple[int, int, int, int, int, int, int]
    """Minutes available on Monday … Sunday."""
    start: date
    created_at: datetime
    days_off: tuple[date, ...] = ()
    deadline: date | None = None
    drop_optional: bool = False
    study_from: str = STUDY_FROM
    """Hour and minute at which the calendar feed lets the sessions of a day begin."""
    retention: int = RETENTION
    """Chance in per cent to remember a drill on the day of its review."""
    reviews_a_day: int = REVIEWS_A_DAY
    """At most so many are asked on one day; the others wait."""
    calendar_token: str = ""
    """Who knows it may read the calendar feed."""

    def available(self, day: date) -> int:
        """Minutes on that day."""
        return 0 if day in self.days_off else self.minutes[day.weekday()]

    def is_off(self, day: date) -> bool:
        """A day without time, planned or not, breaks no streak."""
        return self.available(day) == 0

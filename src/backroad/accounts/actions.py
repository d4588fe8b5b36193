"""Settling in and changing one's mind: every rule about a learner's settings."""

import re
import secrets
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy import Connection

from backroad.accounts import store
from backroad.accounts.model import (
    FIRST_DAY,
    LAST_DAY,
    LEAST_MINUTES_A_WEEK,
    MOST_MINUTES_A_DAY,
    MOST_REVIEWS_A_DAY,
    RETENTION,
    RETENTIONS,
    REVIEWS_A_DAY,
    STUDY_FROM,
    WEEKDAYS,
    Learner,
)
from backroad.curriculum.model import LANGUAGES
from backroad.identity.model import LOCAL
from backroad.kit.errors import Problem

LONGEST_BREAK = timedelta(days=366)


class NotSetUp(Problem):
    """Nobody has said yet when and what they want to learn."""

    def __init__(self) -> None:
        super().__init__(
            "Backroad does not know your week yet.",
            "Open it in the browser once (backroad start) and answer five questions.",
            status=409,
        )


def the_learner(tx: Connection, learner_id: str = LOCAL) -> Learner:
    learner = store.read(tx, learner_id)
    if learner is None:
        raise NotSetUp
    return learner


def is_set_up(tx: Connection, learner_id: str = LOCAL) -> bool:
    return store.read(tx, learner_id) is not None


def settle(
    tx: Connection,
    *,
    road: str,
    roads: Collection[str],
    language: str,
    minutes: Sequence[int],
    start: date,
    days_off: Sequence[date],
    now: datetime,
    deadline: date | None = None,
    drop_optional: bool = False,
    study_from: str = STUDY_FROM,
    retention: int = RETENTION,
    reviews_a_day: int = REVIEWS_A_DAY,
    calendar_token: str = "",
    learner_id: str = LOCAL,
) -> Learner:
    """Create the learner, or change their settings; what they have done stays as it is.

    The `calendar_token` of an import is taken for a new learner; without one, they get one that nobody can guess.
    """
    if road not in roads:
        raise Problem(f"There is no road called {road!r}.", f"Choose one of: {', '.join(sorted(roads))}.")
    if language not in LANGUAGES:
        raise Problem(f"There is no language track called {language!r}.", f"Choose one of: {', '.join(LANGUAGES)}.")
    _check_minutes(minutes)
    _check_reviews(retention, reviews_a_day)
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", study_from, re.ASCII):
        raise Problem(f"{study_from[:20]!r} is not a time of day.", "Write it as 18:00.")
    if calendar_token and not re.fullmatch(r"[\w-]{20,64}", calendar_token, re.ASCII):
        raise Problem("The token of the calendar feed is not one.", "It has 20 letters or more.")
    for day in (start, *([deadline] if deadline else ())):
        if not FIRST_DAY <= day <= LAST_DAY:
            raise Problem(f"{day} is out of range.", f"Choose a day from {FIRST_DAY} to {LAST_DAY}.")
    if deadline is not None and deadline <= start:
        raise Problem("The deadline is not after the start date.", "Choose a later deadline, or none.")
    known = store.read(tx, learner_id)
    learner = msgspec.convert(
        {
            "id": learner_id,
            "road": road,
            "language": language,
            "minutes": list(minutes),
            "start": start,
            "created_at": known.created_at if known else now,
            "days_off": sorted(set(days_off)),
            "deadline": deadline,
            "drop_optional": drop_optional,
            "study_from": study_from,
            "retention": retention,
            "reviews_a_day": reviews_a_day,
            "calendar_token": (known.calendar_token if known else calendar_token) or secrets.token_urlsafe(24),
        },
        Learner,
    )
    store.write(tx, learner)
    return learner


def renew_calendar(tx: Connection, learner: Learner) -> Learner:
    """A new address for the calendar feed; the old one leads nowhere from now on."""
    renewed = msgspec.structs.replace(learner, calendar_token=secrets.token_urlsafe(24))
    store.write(tx, renewed)
    return renewed


def change(tx: Connection, learner: Learner, roads: Collection[str], now: datetime, **changes: object) -> Learner:
    """Settle again with some answers changed and the others as they are."""
    answers = msgspec.structs.asdict(learner) | changes
    for own in ("id", "created_at", "calendar_token"):
        del answers[own]
    return settle(tx, roads={*roads, learner.road}, now=now, learner_id=learner.id, **answers)


def _check_minutes(minutes: Sequence[int]) -> None:
    if len(minutes) != len(WEEKDAYS):
        raise Problem(f"There are {len(minutes)} numbers of minutes; a week has seven, Monday to Sunday.")
    for day, value in zip(WEEKDAYS, minutes, strict=True):
        if not 0 <= value <= MOST_MINUTES_A_DAY:
            raise Problem(f"{day} has {value} minutes.", f"Give a number from 0 to {MOST_MINUTES_A_DAY}.")
    if sum(minutes) < LEAST_MINUTES_A_WEEK:
        raise Problem(
            f"The week has less than {LEAST_MINUTES_A_WEEK} minutes; the road would take more than six years.",
            "Give at least one weekday an hour, or several a little.",
        )


def _check_reviews(retention: int, a_day: int) -> None:
    if retention not in RETENTIONS:
        limits = f"{RETENTIONS[0]} to {RETENTIONS[-1]}"
        raise Problem(f"Reviews cannot aim at remembering {retention} %.", f"Give a number from {limits}.")
    if not 1 <= a_day <= MOST_REVIEWS_A_DAY:
        raise Problem(f"There cannot be {a_day} reviews a day.", f"Give a number from 1 to {MOST_REVIEWS_A_DAY}.")


def break_days(first: date, last: date) -> tuple[date, ...]:
    """Every day of a break, both ends included."""
    if not 0 <= (last - first).days <= LONGEST_BREAK.days:
        raise Problem(f"{first} to {last} is not a break of at most a year.", "Give its first and its last day.")
    return tuple(date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1))


def parse_days(text: str) -> tuple[date, ...]:
    """Days off as people type them: ISO dates or ranges `2027-07-01..2027-07-14`, split by commas or lines."""
    days: list[date] = []
    for part in text.replace("\n", ",").split(","):
        if not part.strip():
            continue
        first, _, last = (piece.strip() for piece in part.partition(".."))
        begin, end = _day(first), _day(last or first)
        if not 0 <= (end - begin).days <= LONGEST_BREAK.days:
            raise Problem(f"The days off {part.strip()!r} are not a range of at most a year.", "Write FIRST..LAST.")
        days.extend(break_days(begin, end))
    return tuple(sorted(set(days)))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Problem(f"{text[:40]!r} is not a date.", "Write dates as 2027-01-31.") from None


def format_days(days: Sequence[date]) -> str:
    """The inverse of `parse_days`: neighbouring days as ranges, a line each."""
    ranges: list[list[date]] = []
    for day in days:
        if ranges and (day - ranges[-1][1]).days == 1:
            ranges[-1][1] = day
        else:
            ranges.append([day, day])
    return "\n".join(str(a) if a == b else f"{a}..{b}" for a, b in ranges)

"""Recording what a learner did, and reading what follows from it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import get_args

from sqlalchemy import Connection

from backroad.kit.clock import local_day
from backroad.kit.errors import Problem
from backroad.kit.ids import new_id
from backroad.progress import pace as pace_
from backroad.progress import reviews, store
from backroad.progress.explain import explain as explain
from backroad.progress.memory import begin, count, room_for_reviews
from backroad.progress.memory import leeches as leeches
from backroad.progress.memory import memory_of as memory_of
from backroad.progress.model import (
    Activity,
    ActivityKind,
    Card,
    Evidence,
    Facts,
    HeldBack,
    Memory,
    NewEvidence,
    Outcome,
    Provenance,
    Source,
    Standing,
)
from backroad.progress.standing import fade, in_order, judge, lab_of

CLOCKS_DIFFER = timedelta(days=1)
"""How far in the future imported evidence may lie."""


def record(
    tx: Connection, learner: str, items: Sequence[NewEvidence], *, now: datetime, facts: Facts
) -> list[Evidence]:
    """Append to the ledger and bring everything derived up to date. Ids that are there already are passed over.

    Returns what was new. Time spent on drills and reviews is logged with it; time on lessons and building is not.
    """
    asked = [_accepted(learner, item, now) for item in items]
    memory = memory_of(tx, learner)
    fresh = [item for item in asked if store.add_evidence(tx, item)]
    for item in fresh:
        _log(tx, item)
    _derive(tx, learner, fresh, facts, memory)
    count(tx, learner, memory, fresh)
    return fresh


def _accepted(learner: str, item: NewEvidence, now: datetime) -> Evidence:
    at = item.at or now
    where = f"The evidence {item.id or item.ref!r}"
    if item.outcome not in get_args(Outcome) or item.source not in get_args(Source):
        raise Problem(f"{where} has an unknown source or outcome.", "See Evidence in the API's documentation.")
    if item.provenance not in get_args(Provenance):
        raise Problem(f"{where} has an unknown provenance.", f"Use one of: {', '.join(get_args(Provenance))}.")
    if at.tzinfo is None:
        raise Problem(f"{where} has a time without a time zone.", "Add one, for example +00:00.")
    if at > now + CLOCKS_DIFFER:
        raise Problem(f"{where} is from the future ({at:%Y-%m-%d}).", "Check the clock of the machine it came from.")
    if not (math.isfinite(item.seconds) and item.seconds >= 0):
        raise Problem(f"{where} took {item.seconds} seconds.", "Give a number from 0.")
    if len(item.id) > 64 or not item.ref or len(item.ref) > 200 or len(item.skill) > 100:
        raise Problem(f"{where[:100]} has an id, ref or skill that is missing or too long.")
    return Evidence(
        id=item.id or new_id(),
        learner=learner,
        skill=item.skill,
        source=item.source,
        ref=item.ref,
        outcome=item.outcome,
        at=at,
        seconds=item.seconds,
        provenance=item.provenance,
        content_hash=item.content_hash,
        seed=item.seed,
        detail=item.detail,
    )


def _log(tx: Connection, item: Evidence) -> None:
    """The day counts as active. A run counts once, without time: how long the learner built is for labs to say."""
    day = local_day(item.at)
    if item.source == "drill" or item.source == "review":
        done = Activity(id=item.id, kind=item.source, ref=item.skill, at=item.at, day=day, seconds=item.seconds)
    elif item.source == "check":
        run = str(item.detail.get("run") or item.id)[:64]
        done = Activity(id=run, kind="build", ref=lab_of(item.ref), at=item.at, day=day, seconds=0.0)
    else:
        return
    store.add_activity(tx, item.learner, done)


def _derive(tx: Connection, learner: str, fresh: Iterable[Evidence], facts: Facts, memory: Memory) -> None:
    """Verdicts, cards and standings that the new evidence touches."""
    checks: list[Evidence] = []
    drills: dict[str, set[str]] = {}
    for item in fresh:
        refs = drills.setdefault(item.skill, set())
        if item.source == "check":
            checks.append(item)
        elif item.source in reviews.SPACED:
            refs.add(item.ref)
    _keep_verdicts(tx, learner, checks)
    for skill in sorted(drills.keys() - {""}):
        evidence = in_order(store.evidence_of(tx, learner, skill))
        for ref in sorted(drills[skill]):
            card = reviews.card_of([e for e in evidence if e.ref == ref and e.source in reviews.SPACED], memory)
            if card is not None:
                store.put_card(tx, learner, card)
        cards = [(card.stability, card.last_at) for card in store.cards(tx, learner, store.c.skill == skill)]
        store.put_standing(tx, learner, judge(skill, evidence, facts), cards)


def _keep_verdicts(tx: Connection, learner: str, checks: Sequence[Evidence]) -> None:
    """The last verdict of each check; `unclear` only where nothing was ever decided."""
    if not checks:
        return
    known = store.verdicts(tx, learner)
    newest = {ref: (outcome != "unclear", at, id_) for ref, (outcome, at, id_) in known.items()}
    changed = {}
    for item in checks:
        rank = (item.outcome != "unclear", item.at, item.id)
        if item.ref not in newest or rank > newest[item.ref]:
            newest[item.ref], changed[item.ref] = rank, item
    for item in changed.values():
        store.put_verdict(tx, item)


def rebuild(tx: Connection, learner: str, *, facts: Facts) -> None:
    """Derive everything anew from the ledger, for example after the curriculum changed."""
    store.forget_derived(tx, learner)
    ledger = store.ledger(tx, learner)
    for item in ledger:
        _log(tx, item)
    _derive(tx, learner, ledger, facts, begin(tx, learner, ledger))


def log_time(
    tx: Connection, learner: str, kind: ActivityKind, ref: str, seconds: float, now: datetime, *, activity_id: str = ""
) -> None:
    """Time spent on a skill or lab. With an `activity_id`, logging it again changes nothing."""
    if kind not in get_args(ActivityKind) or not ref or len(ref) > 200 or len(activity_id) > 64:
        raise Problem(f"Time cannot be logged for {kind[:20]!r} {ref[:40]!r}.", "Name what it was spent on.")
    if not (math.isfinite(seconds) and seconds >= 0):
        raise Problem(f"{seconds} seconds cannot be logged.", "Give a number from 0.")
    spent = Activity(id=activity_id or new_id(), kind=kind, ref=ref, at=now, day=local_day(now), seconds=seconds)
    store.add_activity(tx, learner, spent)


def restore_activity(tx: Connection, learner: str, items: Iterable[Activity]) -> int:
    """Take up logged time from an export, days as they were; returns how much of it was new."""
    return sum(store.add_activity(tx, learner, item) for item in items)


def standings(tx: Connection, learner: str, now: datetime) -> dict[str, Standing]:
    """Skill -> standing, for skills with evidence."""
    moment = now.timestamp()
    found = {}
    for standing, memory in store.standings(tx, learner):
        chances = [reviews.retrievability(stability, int((moment - at) // 86_400)) for stability, at in memory]
        found[standing.skill] = fade(standing, sum(chances) / len(chances) if chances else None)
    return found


def evidence_of(tx: Connection, learner: str, skill: str, limit: int = 100) -> list[Evidence]:
    """Newest first."""
    return store.newest(tx, learner, limit, skill=skill)


def newest_evidence(
    tx: Connection,
    learner: str,
    limit: int,
    *,
    before: tuple[datetime, str] | None = None,
    **only: str | None,
) -> list[Evidence]:
    """Newest first; `before` is the (time, id) of the last one of the page before, and `only` is what its fields
    must be, where it says so."""
    return store.newest(tx, learner, limit, before=before, **only)


def newest_by_skill(tx: Connection, learner: str, skills: Sequence[str], limit: int) -> dict[str, list[Evidence]]:
    """So many of each skill, newest first."""
    return store.newest_by_skill(tx, learner, skills, limit)


def ledger(tx: Connection, learner: str) -> list[Evidence]:
    """All of it, oldest first."""
    return store.ledger(tx, learner)


def activities(tx: Connection, learner: str, since: date = date.min) -> list[Activity]:
    """Logged time from a day on, oldest first."""
    return store.activities(tx, learner, store.a.day >= since)


def latest_checks(tx: Connection, learner: str) -> dict[str, str]:
    """Check ref -> last outcome; `unclear` only where nothing was ever decided."""
    return {ref: outcome for ref, (outcome, _, _) in store.verdicts(tx, learner).items()}


def latest_outcomes(tx: Connection, learner: str, skill: str) -> dict[str, Outcome]:
    """Drill -> outcome of the last answer."""
    return {card.ref: card.outcome for card in store.cards(tx, learner, store.c.skill == skill)}


def latest_by_skill(tx: Connection, learner: str, skills: Sequence[str]) -> dict[str, dict[str, Outcome]]:
    """Skill -> drill -> outcome of the last answer."""
    found: dict[str, dict[str, Outcome]] = {}
    for card in store.cards(tx, learner, store.c.skill.in_(skills)):
        found.setdefault(card.skill, {})[card.ref] = card.outcome
    return found


def answered_drills(tx: Connection, learner: str) -> dict[str, int]:
    """Skill -> how many different drills were answered."""
    return store.answered_by_skill(tx, learner)


def placed_skills(tx: Connection, learner: str) -> frozenset[str]:
    """Skills that the last placement credits as probable and that nothing has spoken against since."""
    return frozenset(standing.skill for standing, _ in store.standings(tx, learner) if standing.placed)


def read_skills(tx: Connection, learner: str) -> dict[str, datetime]:
    """Skill -> when its lesson was last read."""
    return store.last_learned(tx, learner)


def read_at(tx: Connection, learner: str, skill: str) -> datetime | None:
    return read_skills(tx, learner).get(skill)


def is_due(tx: Connection, learner: str, ref: str, today: date) -> bool:
    return bool(store.cards(tx, learner, store.c.ref == ref, store.c.due <= today, limit=1))


def due_reviews(tx: Connection, learner: str, today: date, limit: int | None = None) -> list[Card]:
    """Longest due first, as many as the day still takes."""
    memory_of(tx, learner)
    room, _ = room_for_reviews(tx, learner, today)
    return store.cards(tx, learner, store.c.due <= today, limit=room if limit is None else min(room, limit))


def held_back(tx: Connection, learner: str, today: date) -> HeldBack | None:
    """The reviews that are due and that the settings allow no more today; None when there are none."""
    memory_of(tx, learner)
    room, most = room_for_reviews(tx, learner, today)
    waiting = store.due_count(tx, learner, today) - room
    if waiting <= 0:
        return None
    # Longest due comes first, so what falls due meanwhile does not get in their way.
    return HeldBack(waiting, today + timedelta(days=-(-waiting // most)), most, nothing_more=not room)


def reviewed_on(tx: Connection, learner: str, day: date) -> int:
    """How many reviews were answered on that day."""
    return store.reviewed_on(tx, learner, day)


def forecast(
    tx: Connection, learner: str, today: date, days: int, *, as_they_fall_due: bool = False
) -> dict[date, int]:
    """Reviews on each of the next days from today; those that are overdue count for today.

    What is more than a day takes waits for the next one, unless they are wanted as they fall due.
    """
    memory_of(tx, learner)
    counts = reviews.forecast_of(store.cards_alike(tx, learner), today, days)
    if as_they_fall_due:
        return counts
    flat = reviews.flattened(counts, *room_for_reviews(tx, learner, today), first=today)
    return {day: number for day, number in flat.items() if (day - today).days < days}


def days_active(tx: Connection, learner: str) -> dict[date, float]:
    """Day -> seconds spent, for every day with activity; what streaks and the heatmap are made of."""
    return store.seconds_by_day(tx, learner)


def spent_by_day(
    tx: Connection, learner: str, since: date = date.min
) -> dict[date, dict[tuple[ActivityKind, str], float]]:
    """Day -> (kind, skill or lab) -> seconds: what was done on each day, from `since` on."""
    return store.seconds_by_day_and_ref(tx, learner, since)


def time_by_kind(tx: Connection, learner: str) -> dict[tuple[str, str], float]:
    """(kind, skill or lab) -> seconds."""
    return store.seconds_by_ref(tx, learner)


def time_spent(tx: Connection, learner: str) -> dict[str, float]:
    """Skill or lab -> seconds of learning, drilling and building: what its estimate covers. Reviews are not in it."""
    spent: dict[str, float] = {}
    for (kind, ref), seconds in store.seconds_by_ref(tx, learner).items():
        if kind != "review":
            spent[ref] = spent.get(ref, 0.0) + seconds
    return spent


def pace(tx: Connection, learner: str, estimates: Mapping[str, int]) -> tuple[float, float]:
    """(own time / estimate, its spread), from estimates in minutes.

    Only skills that are practised or proven and whose lesson took time count: what is unfinished says nothing yet,
    and time that was spent building is known too roughly.
    """
    timed = store.seconds_by_ref(tx, learner)
    finished = {
        standing.skill
        for standing, _ in store.standings(tx, learner)
        if standing.level in ("practised", "proven") and timed.get(("learn", standing.skill), 0) > 0
    }
    counted = {ref: minutes for ref, minutes in estimates.items() if ref in finished}
    return pace_.pace(time_spent(tx, learner), counted)

"""What an instructor reads of one learner: their own cohort's learners, and never a note."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from backroad.accounts import actions as accounts
from backroad.cohorts import actions as cohorts
from backroad.cohorts import comments, figures, store
from backroad.cohorts.assigning import required
from backroad.cohorts.model import Assignment, Cohort, Comment, Content, Member
from backroad.identity.model import Person
from backroad.labs import actions as labs
from backroad.labs.changes import verdicts
from backroad.labs.model import Run, RunEvent
from backroad.progress import actions as progress
from backroad.progress.model import Evidence, Standing


class LearnerSeen(msgspec.Struct, frozen=True):
    cohort: Cohort
    member: Member
    row: figures.Row
    standings: Mapping[str, Standing]
    assignments: tuple[tuple[Assignment, bool], ...]
    """Each, and whether it is done."""
    stuck: tuple[figures.StuckOn, ...]
    runs: tuple[Run, ...]


def learner(
    tx: Connection, person: Person, cohort_id: str, learner_id: str, content: Content, now: datetime, runs: int
) -> LearnerSeen:
    cohort, member = cohorts.member_of(tx, person, cohort_id, learner_id)
    assignments = store.assignments(tx, cohort_id)
    (row,) = figures.roster(tx, cohort, content, assignments, now, 1, figures.Choice(only=learner_id))
    done = figures.assignments_done(tx, cohort, content, assignments, learner=learner_id)
    return LearnerSeen(
        cohort,
        member,
        row,
        progress.standings(tx, learner_id, now),
        tuple((one, bool(number)) for one, number in zip(assignments, done, strict=True)),
        tuple(figures.stuck_checks(tx, cohort, 100, learner=learner_id)),
        tuple(labs.newest_runs(tx, learner_id, runs)),
    )


def evidence(
    tx: Connection,
    person: Person,
    cohort_id: str,
    learner_id: str,
    limit: int,
    *,
    skill: str | None,
    before: tuple[datetime, str] | None = None,
) -> list[Evidence]:
    """Newest first."""
    cohorts.member_of(tx, person, cohort_id, learner_id)
    return progress.newest_evidence(tx, learner_id, limit, skill=skill, before=before)


def runs(
    tx: Connection,
    person: Person,
    cohort_id: str,
    learner_id: str,
    limit: int,
    *,
    lab: str | None,
    before: tuple[datetime, str] | None = None,
) -> list[Run]:
    cohorts.member_of(tx, person, cohort_id, learner_id)
    return labs.newest_runs(tx, learner_id, limit, lab=lab, before=before)


def run(
    tx: Connection, person: Person, cohort_id: str, learner_id: str, run_id: str, now: datetime
) -> tuple[Cohort, Member, Run]:
    cohort, member = cohorts.member_of(tx, person, cohort_id, learner_id)
    return cohort, member, labs.get_run(tx, learner_id, run_id, now)


def run_with_comments(
    tx: Connection, person: Person, cohort_id: str, learner_id: str, run_id: str, now: datetime
) -> tuple[Cohort, Member, Run, list[RunEvent], list[Comment]]:
    cohort, member, found = run(tx, person, cohort_id, learner_id, run_id, now)
    said = comments.of_run(tx, learner_id, run_id, cohort=cohort_id)
    return cohort, member, found, labs.events_after(tx, run_id, 0), said


def comment(
    tx: Connection,
    person: Person,
    cohort_id: str,
    learner_id: str,
    run_id: str,
    *,
    check: str,
    text: str,
    now: datetime,
) -> Comment:
    _, _, found = run(tx, person, cohort_id, learner_id, run_id, now)
    checks = verdicts(found)
    return comments.say(tx, person, cohort_id, learner_id, run_id, checks, check=check, text=text, now=now)


def follow(tx: Connection, person: Person, cohort: Cohort, roads: Sequence[str], now: datetime) -> bool:
    """A learner takes up the cohort's road, and its last day as their deadline where they have none. Whether they have
    said when they learn: without that there is no plan."""
    if not accounts.is_set_up(tx, person.id):
        return False
    mine = accounts.the_learner(tx, person.id)
    road = cohort.road if cohort.road in roads else mine.road
    deadline = mine.deadline or (cohort.end if cohort.end > mine.start else None)
    accounts.change(tx, mine, roads, now, road=road, deadline=deadline)
    return True


class OwnAssignment(msgspec.Struct, frozen=True):
    assignment: Assignment
    done: bool
    checks: tuple[str, ...]
    skills: tuple[str, ...]


def own_assignments(tx: Connection, cohort: Cohort, person: Person, content: Content) -> list[OwnAssignment]:
    """Of a member, as they themselves see them."""
    assignments = store.assignments(tx, cohort.id)
    done = figures.assignments_done(tx, cohort, content, assignments, learner=person.id)
    return [
        OwnAssignment(one, bool(number), *required(one, content)) for one, number in zip(assignments, done, strict=True)
    ]

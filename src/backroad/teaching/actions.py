"""What a cohort's instructors read of it and of each learner in it, never a note; and what a member reads of it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from backroad.accounts import actions as accounts
from backroad.cohorts import actions as cohorts
from backroad.cohorts import assigning, comments, figures, invitations, store
from backroad.cohorts.assigning import required
from backroad.cohorts.model import Assignment, Cohort, Comment, Content, Member
from backroad.curriculum import Curriculum
from backroad.identity.model import Person
from backroad.kit.errors import NotFound
from backroad.labs import actions as labs
from backroad.labs.changes import verdicts
from backroad.labs.model import Run, RunEvent
from backroad.progress import actions as progress
from backroad.progress.model import Evidence, Standing


def learners(
    tx: Connection, person: Person, cohort_id: str, content: Content, now: datetime, limit: int, choice: figures.Choice
) -> tuple[Cohort, list[figures.Row]]:
    """By name."""
    cohort = cohorts.taught(tx, person, cohort_id)
    return cohort, figures.roster(tx, cohort, content, store.assignments(tx, cohort_id), now, limit, choice)


def standing(
    tx: Connection,
    person: Person,
    cohort_id: str,
    curriculum: Curriculum,
    limit: int,
    *,
    area: str = "",
    after: tuple[str, str] | None = None,
) -> list[tuple[figures.Named, dict[str, Any]]]:
    """Learners by name, and of each: skill -> level, for the skills of the road, or those of an area of it."""
    cohort = cohorts.taught(tx, person, cohort_id)
    skills = [one for one in curriculum.road(cohort.road).skills if not area or one.startswith(f"{area}.")]
    people = figures.names(tx, cohort, limit, after)
    levels = figures.levels(tx, [one.learner for one in people], skills)
    return [(one, levels[one.learner]) for one in people]


class LabSeen(msgspec.Struct, frozen=True):
    """How a lab goes in a cohort."""

    learners: int
    stages: tuple[tuple[int, tuple[figures.CheckFigures, ...]], ...]
    """Of each: how many learners have finished it, and its checks."""


def lab(tx: Connection, person: Person, cohort_id: str, content: Content, slug: str) -> LabSeen:
    cohort, found = cohorts.taught(tx, person, cohort_id), content.labs.get(slug)
    if found is None:
        raise NotFound(f"There is no lab called {slug[:80]!r}.")
    checks, finished = figures.lab_checks(tx, cohort, found), figures.stages_finished(tx, cohort, found)
    untried = (0, 0, 0, 0)
    stages = tuple(
        (done, tuple(checks.get(ref, figures.CheckFigures(ref, *untried)) for ref in refs))
        for refs, done in zip(found.stages, finished, strict=True)
    )
    return LabSeen(store.member_counts(tx, [cohort_id]).get(cohort_id, 0), stages)


def assignments(tx: Connection, person: Person, cohort_id: str, content: Content) -> list[tuple[Assignment, int]]:
    """By deadline, each with how many learners have done it; for a member, 1 or 0: whether they have."""
    cohort, instructs = cohorts.seen(tx, person, cohort_id)
    found = store.assignments(tx, cohort_id)
    done = figures.assignments_done(tx, cohort, content, found, learner="" if instructs else person.id)
    return list(zip(found, done, strict=True))


def change_assignment(
    tx: Connection, person: Person, cohort_id: str, assignment_id: str, content: Content, **given: Any
) -> tuple[Assignment, int]:
    """It, and how many learners have done it."""
    changed = assigning.change(tx, person, cohort_id, assignment_id, **given)
    cohort = cohorts.taught(tx, person, cohort_id)
    return changed, figures.assignments_done(tx, cohort, content, [changed])[0]


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


def comments_of(
    tx: Connection, person: Person, cohort_id: str, learner_id: str, run_id: str, now: datetime
) -> list[Comment]:
    """What this cohort's instructors said of a run."""
    run(tx, person, cohort_id, learner_id, run_id, now)
    return comments.of_run(tx, learner_id, run_id, cohort=cohort_id)


def own_comments(tx: Connection, learner_id: str, run_id: str, now: datetime) -> list[Comment]:
    """What all instructors said of a learner's own run."""
    labs.get_run(tx, learner_id, run_id, now)
    return comments.of_run(tx, learner_id, run_id)


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


def join(
    tx: Connection, person: Person, token: str, roads: Collection[str], now: datetime, *, follow_road: bool
) -> Cohort:
    cohort = invitations.join(tx, person, token, now)
    if follow_road:
        follow(tx, person, cohort, tuple(roads), now)
    return cohort


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

"""Making cohorts, who may see them, and who is in them. What is not somebody's to see looks like what is not there."""

from collections.abc import Collection
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection

from backroad.accounts.model import FIRST_DAY, LAST_DAY
from backroad.cohorts import store
from backroad.cohorts.invitations import invitation_allows as invitation_allows
from backroad.cohorts.model import (
    LONGEST_COHORT,
    LONGEST_NAME,
    MOST_MINUTES_A_WEEK,
    Assigned,
    Cohort,
    Instructor,
    Member,
)
from backroad.identity import audit
from backroad.identity import store as people
from backroad.identity.model import Person
from backroad.kit.errors import NotFound, Problem
from backroad.kit.ids import new_id

MOST_INSTRUCTORS = 50


class NoSuchCohort(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such cohort.")


def one_line(text: str, what: str) -> str:
    """A name: one line of 1 to 80 characters."""
    line = " ".join(text.split())
    if not 1 <= len(line) <= LONGEST_NAME or not line.isprintable():
        raise Problem(f"{what} has 1 to {LONGEST_NAME} characters, and no control characters.", status=422)
    return line


def make(
    tx: Connection,
    person: Person,
    *,
    name: str,
    road: str,
    roads: Collection[str],
    start: date,
    end: date,
    minutes_a_week: int,
    now: datetime,
) -> Cohort:
    """A cohort that this person instructs."""
    if not person.may("instructor"):
        raise Problem("Cohorts are made by instructors.", "Ask whoever runs this server for that role.", status=403)
    made = Cohort(new_id(), one_line(name, "A cohort's name"), road, start, end, now, minutes_a_week)
    _check(made, roads)
    store.put_cohort(tx, made)
    store.add_instructor(tx, made.id, person.id, now)
    audit.note(tx, now, "cohort.made", made.id, actor=person.id, detail={"name": made.name})
    return made


def _check(cohort: Cohort, roads: Collection[str]) -> None:
    if cohort.road not in roads:
        raise Problem(f"There is no road called {cohort.road[:40]!r}.", f"Choose one of: {', '.join(sorted(roads))}.")
    if not (FIRST_DAY <= cohort.start <= cohort.end <= LAST_DAY):
        raise Problem("The last day of a cohort comes on its first or after it.", "Change one of the dates.")
    if (cohort.end - cohort.start).days >= LONGEST_COHORT:
        raise Problem("A cohort takes at most three years.", "Choose an earlier last day.")
    if not 0 <= cohort.minutes_a_week <= MOST_MINUTES_A_WEEK:
        raise Problem(f"A week cannot have {cohort.minutes_a_week} minutes.", f"Give 0 to {MOST_MINUTES_A_WEEK}.")


def change(
    tx: Connection,
    person: Person,
    cohort_id: str,
    roads: Collection[str],
    now: datetime,
    *,
    archived: bool | None = None,
    **changes: object,
) -> Cohort:
    """`changes`: `name`, `road`, `start`, `end`, `minutes_a_week`. An archived cohort can only be taken up again."""
    known = taught(tx, person, cohort_id)
    if known.archived_at is not None and archived is not False:
        raise archived_problem()
    if "name" in changes:
        changes["name"] = one_line(str(changes["name"]), "A cohort's name")
    changed = msgspec.structs.replace(known, **changes)
    if changes:
        _check(changed, {*roads, known.road})
    if archived is not None and archived != (known.archived_at is not None):
        changed = msgspec.structs.replace(changed, archived_at=now if archived else None)
        action = "cohort.archived" if archived else "cohort.resumed"
        audit.note(tx, now, action, cohort_id, actor=person.id)
    store.put_cohort(tx, changed)
    return changed


def archived_problem() -> Problem:
    return Problem("This cohort is archived, so nothing about it changes.", "Take it up again first.", status=409)


def taught(tx: Connection, person: Person, cohort_id: str, *, going_on: bool = False) -> Cohort:
    """A cohort that this person instructs; admins instruct all. `going_on`: refuse an archived one."""
    found = store.cohort(tx, cohort_id) if person.may("instructor") else None
    if found is None or not (person.role == "admin" or store.teaches(tx, person.id, cohort_id)):
        raise NoSuchCohort
    if going_on and found.archived_at is not None:
        raise archived_problem()
    return found


def seen(tx: Connection, person: Person, cohort_id: str) -> tuple[Cohort, bool]:
    """A cohort in which they learn or that they instruct, and whether they instruct it."""
    found = store.cohort(tx, cohort_id)
    if found is not None:
        if person.may("instructor") and (person.role == "admin" or store.teaches(tx, person.id, cohort_id)):
            return found, True
        if store.learns(tx, person.id, cohort_id):
            return found, False
    raise NoSuchCohort


def member_of(tx: Connection, person: Person, cohort_id: str, learner: str) -> tuple[Cohort, Member]:
    """A learner whom this person instructs, now."""
    cohort = taught(tx, person, cohort_id)
    found = store.member(tx, cohort_id, learner)
    if found is None or found.left_at is not None:
        raise NotFound("There is no such learner in this cohort.")
    return cohort, found


def instructors_of(tx: Connection, cohort_id: str) -> list[Instructor]:
    return store.instructors(tx, [cohort_id])[cohort_id]


def add_instructor(tx: Connection, person: Person, cohort_id: str, email: str, now: datetime) -> Instructor:
    """Somebody who has the role already: who teaches here is for whoever runs the server to say."""
    taught(tx, person, cohort_id, going_on=True)
    found = people.by_email(tx, email[:254])
    if found is None or not found.may("instructor") or found.disabled_at is not None:
        raise Problem(
            "No instructor has this email.", "Whoever runs this server can give somebody the role.", status=422
        )
    if len(instructors_of(tx, cohort_id)) >= MOST_INSTRUCTORS:
        raise Problem(f"A cohort has at most {MOST_INSTRUCTORS} instructors.", status=409)
    if store.add_instructor(tx, cohort_id, found.id, now):
        audit.note(tx, now, "cohort.instructor", found.id, actor=person.id, detail={"cohort": cohort_id, "is": True})
    return next(one for one in instructors_of(tx, cohort_id) if one.person == found.id)


def remove_instructor(tx: Connection, person: Person, cohort_id: str, other: str, now: datetime) -> None:
    taught(tx, person, cohort_id, going_on=True)
    there = instructors_of(tx, cohort_id)
    if other not in {one.person for one in there}:
        raise NotFound("There is no such instructor in this cohort.")
    if len(there) == 1:
        raise Problem("A cohort keeps at least one instructor.", "Add another one first, or archive it.", status=409)
    store.remove_instructor(tx, cohort_id, other)
    audit.note(tx, now, "cohort.instructor", other, actor=person.id, detail={"cohort": cohort_id, "is": False})


def leave(tx: Connection, person: Person, cohort_id: str, now: datetime) -> None:
    """A member goes. What they did stays theirs; the cohort's instructors see nothing of it any more."""
    if not store.end_membership(tx, cohort_id, person.id, now, removed=False):
        raise NoSuchCohort
    audit.note(tx, now, "cohort.left", person.id, actor=person.id, detail={"cohort": cohort_id})


def remove_member(tx: Connection, person: Person, cohort_id: str, learner: str, now: datetime) -> None:
    """They can come back by an invitation that is made later than this."""
    member_of(tx, person, cohort_id, learner)
    store.end_membership(tx, cohort_id, learner, now, removed=True)
    audit.note(tx, now, "cohort.removed", learner, actor=person.id, detail={"cohort": cohort_id})


def assigned_to(tx: Connection, learner: str) -> list[Assigned]:
    """What is due for a learner, in all of their cohorts that go on."""
    return store.assigned_to(tx, learner)

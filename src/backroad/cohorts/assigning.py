"""Work that is due on a day: a lab, a lab up to one of its stages, or skills."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection

from backroad.cohorts import store
from backroad.cohorts.actions import one_line, taught
from backroad.cohorts.model import MOST_ASSIGNMENTS, MOST_SKILLS, Assignment, Cohort, Content, Kind
from backroad.identity.model import Person
from backroad.kit.errors import NotFound, Problem
from backroad.kit.ids import new_id
from backroad.kit.say import say_date

MOST_TITLE = 80


def assign(
    tx: Connection,
    person: Person,
    cohort_id: str,
    content: Content,
    now: datetime,
    *,
    kind: Kind,
    deadline: date,
    lab: str = "",
    stage: int = 0,
    skills: Sequence[str] = (),
    title: str = "",
) -> Assignment:
    """Without a title, it is called after what is to be done."""
    cohort = taught(tx, person, cohort_id, going_on=True)
    if len(store.assignments(tx, cohort_id)) >= MOST_ASSIGNMENTS:
        raise Problem(f"A cohort has at most {MOST_ASSIGNMENTS} assignments.", "Remove one first.", status=409)
    _check_deadline(cohort, deadline)
    wanted = tuple(dict.fromkeys(skills))
    _check(content, kind, lab, stage, wanted)
    named = one_line(title, "An assignment's title") if title.strip() else _named(content, kind, lab, stage, wanted)
    made = Assignment(new_id(), cohort_id, kind, named, deadline, person.id, now, lab, stage, wanted)
    store.put_assignment(tx, made)
    return made


def _check_deadline(cohort: Cohort, deadline: date) -> None:
    if not cohort.start <= deadline <= cohort.end:
        dates = f"{say_date(cohort.start)} to {say_date(cohort.end)}"
        raise Problem("The deadline lies outside of the cohort's dates.", f"Choose a day from {dates}.", status=422)


def _check(content: Content, kind: Kind, lab: str, stage: int, skills: Sequence[str]) -> None:
    if kind == "skills":
        if lab or stage or not 1 <= len(skills) <= MOST_SKILLS:
            raise Problem(f"An assignment of skills names 1 to {MOST_SKILLS} skills and no lab.", status=422)
        unknown = [skill for skill in skills if skill not in content.skills]
        if unknown:
            raise Problem(f"There is no skill called {unknown[0][:80]!r}.", status=422)
        return
    if skills:
        raise Problem("An assignment of a lab names no skills.", status=422)
    if lab not in content.labs:
        raise Problem(f"There is no lab called {lab[:80]!r}.", f"The labs are: {', '.join(content.labs)}.", status=422)
    last = len(content.labs[lab].stages)
    if kind == "stage" and not 1 <= stage <= last:
        raise Problem(f"{content.labs[lab].title} has the stages 1 to {last}.", "Choose one of them.", status=422)
    if kind == "lab" and stage:
        raise Problem("An assignment of a whole lab names no stage.", status=422)


def _named(content: Content, kind: Kind, lab: str, stage: int, skills: Sequence[str]) -> str:
    if kind == "skills":
        named = ", ".join(content.skills[skill][0] for skill in skills)
        return named if len(named) <= MOST_TITLE else f"{named[: MOST_TITLE - 1].rstrip(', ')}…"
    title = content.labs[lab].title
    return f"{title}, up to stage {stage}" if kind == "stage" else title


def change(
    tx: Connection,
    person: Person,
    cohort_id: str,
    assignment_id: str,
    *,
    deadline: date | None = None,
    title: str | None = None,
) -> Assignment:
    """When it is due and what it is called; other work is another assignment."""
    cohort = taught(tx, person, cohort_id, going_on=True)
    known = get(tx, cohort_id, assignment_id)
    if deadline is not None:
        _check_deadline(cohort, deadline)
        known = msgspec.structs.replace(known, deadline=deadline)
    if title is not None:
        known = msgspec.structs.replace(known, title=one_line(title, "An assignment's title"))
    store.put_assignment(tx, known)
    return known


def remove(tx: Connection, person: Person, cohort_id: str, assignment_id: str) -> None:
    taught(tx, person, cohort_id, going_on=True)
    if not store.remove_assignment(tx, cohort_id, assignment_id):
        raise NotFound("There is no such assignment.")


def get(tx: Connection, cohort_id: str, assignment_id: str) -> Assignment:
    found = store.assignment(tx, cohort_id, assignment_id)
    if found is None:
        raise NotFound("There is no such assignment.")
    return found


def required(assignment: Assignment, content: Content) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(refs of the checks that must pass, skills that must be practised or proven). What the content no longer holds
    is asked of nobody."""
    if assignment.kind == "skills":
        return (), tuple(skill for skill in assignment.skills if skill in content.skills)
    lab = content.labs.get(assignment.lab)
    stages = lab.stages[: assignment.stage or None] if lab else ()
    return tuple(ref for stage in stages for ref in stage), ()

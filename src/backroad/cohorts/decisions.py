"""An instructor accepts or overrides what is known of a skill: by adding to the ledger, never by changing it.

A decision is evidence of the source and provenance `instructor`. Taking it back is one more line, which names the
decision in `detail["revokes"]`: standing is then judged as if there had been neither.
"""

from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from backroad.cohorts.actions import archived_problem, member_of
from backroad.cohorts.comments import clean_why
from backroad.cohorts.model import Cohort, Content
from backroad.identity import audit
from backroad.identity.model import Person
from backroad.kit.errors import NotFound, Problem
from backroad.kit.ids import new_id
from backroad.progress import Facts, NewEvidence
from backroad.progress import actions as progress
from backroad.progress.model import Evidence
from backroad.progress.standing import revoked

Decided = Literal["passed", "failed"]
LOOKED_AT = 1_000
"""So many of a skill's latest lines are searched for the one that is named."""


def decide(
    tx: Connection,
    person: Person,
    cohort_id: str,
    learner: str,
    content: Content,
    *,
    skill: str,
    outcome: Decided,
    why: str,
    about: str = "",
    now: datetime,
    facts: Facts,
) -> Evidence:
    """`about` is the id of a line of evidence that is accepted or overridden; empty: the skill as such."""
    cohort = _going_on(tx, person, cohort_id, learner)
    if skill not in content.skills:
        raise Problem(f"There is no skill called {skill[:80]!r}.", status=422)
    reason = clean_why(why)
    ref = _line(tx, learner, skill, about).ref if about else f"cohort/{cohort.id}"
    detail = {**_signed(person, cohort), "why": reason, **({"about": about} if about else {})}
    made = _record(tx, learner, skill, ref, outcome, detail, now, facts)
    noted = {"cohort": cohort_id, "skill": skill, "outcome": outcome, "evidence": made.id}
    audit.note(tx, now, "evidence.decided", learner, actor=person.id, detail=noted)
    return made


def take_back(
    tx: Connection,
    person: Person,
    cohort_id: str,
    learner: str,
    *,
    skill: str,
    evidence_id: str,
    why: str,
    now: datetime,
    facts: Facts,
) -> Evidence:
    """Of this cohort's decisions, whoever of its instructors made it."""
    cohort = _going_on(tx, person, cohort_id, learner)
    reason = clean_why(why)
    decision = _line(tx, learner, skill, evidence_id)
    said = decision.detail
    own = decision.source == decision.provenance == "instructor" and said.get("cohort") == cohort_id
    if not own or "revokes" in said:
        raise NotFound("There is no such decision.")
    if evidence_id in revoked(progress.evidence_of(tx, learner, skill, LOOKED_AT)):
        raise Problem("This decision is taken back already.", status=409)
    detail = {**_signed(person, cohort), "why": reason, "revokes": evidence_id}
    made = _record(tx, learner, skill, decision.ref, "unclear", detail, now, facts)
    noted = {"cohort": cohort_id, "skill": skill, "evidence": made.id, "revokes": evidence_id}
    audit.note(tx, now, "evidence.revoked", learner, actor=person.id, detail=noted)
    return made


def _going_on(tx: Connection, person: Person, cohort_id: str, learner: str) -> Cohort:
    cohort, _ = member_of(tx, person, cohort_id, learner)
    if cohort.archived_at is not None:
        raise archived_problem()
    return cohort


def _signed(person: Person, cohort: Cohort) -> dict[str, str]:
    """The name stands in the evidence, so that it can be read for ever, and in an export."""
    return {"by": person.id, "name": person.name, "cohort": cohort.id, "cohort_name": cohort.name}


def _line(tx: Connection, learner: str, skill: str, evidence_id: str) -> Evidence:
    lines = progress.evidence_of(tx, learner, skill, LOOKED_AT)
    found = next((line for line in lines if line.id == evidence_id), None)
    if found is None:
        raise NotFound("There is no such evidence of this skill.")
    return found


def _record(
    tx: Connection,
    learner: str,
    skill: str,
    ref: str,
    outcome: Literal["passed", "failed", "unclear"],
    detail: dict[str, str],
    now: datetime,
    facts: Facts,
) -> Evidence:
    fresh = NewEvidence(
        id=new_id(),
        skill=skill,
        source="instructor",
        ref=ref,
        outcome=outcome,
        provenance="instructor",
        detail=dict(detail),
    )
    (made,) = progress.record(tx, learner, [fresh], now=now, facts=facts)
    return made

"""Links by which learners join. A link holds a token that nobody can guess; only its SHA-256 is kept."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection

from backroad.cohorts import store
from backroad.cohorts.model import MOST_DAYS_VALID, MOST_USES, Cohort, Invitation
from backroad.identity import audit
from backroad.identity.model import Person
from backroad.kit import clock
from backroad.kit.errors import NotFound, Problem
from backroad.kit.ids import new_id


class NotInvited(NotFound):
    """The same for a link that never was and for one that is over: who has no link learns nothing."""

    def __init__(self) -> None:
        super().__init__("This invitation is not valid, or no longer.", "Ask your instructor for a new link.")


def fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def path_of(token: str) -> str:
    """Where the link leads, below the server's address."""
    return f"/join/{token}"


def invite(
    tx: Connection, cohort: Cohort, person: Person, *, days: int, uses: int, now: datetime
) -> tuple[Invitation, str]:
    """A new invitation to a cohort that the caller has looked up as `taught`, and its token, which is not kept."""
    if not 1 <= days <= MOST_DAYS_VALID:
        raise Problem(f"An invitation is valid for 1 to {MOST_DAYS_VALID} days.")
    if not 1 <= uses <= MOST_USES:
        raise Problem(f"An invitation is for 1 to {MOST_USES:,} learners.")
    token = secrets.token_urlsafe(32)
    made = Invitation(new_id(), cohort.id, person.id, now, now + timedelta(days=days), uses)
    store.add_invitation(tx, made, fingerprint(token))
    audit.note(tx, now, "invitation.made", cohort.id, actor=person.id, detail={"invitation": made.id, "uses": uses})
    return made, token


def revoke(tx: Connection, cohort: Cohort, person: Person, invitation_id: str, now: datetime) -> None:
    if not store.revoke_invitation(tx, cohort.id, invitation_id, now):
        raise NotFound("There is no such invitation, or it is revoked already.")
    audit.note(tx, now, "invitation.revoked", cohort.id, actor=person.id, detail={"invitation": invitation_id})


def invited_to(tx: Connection, token: str, now: datetime) -> tuple[Cohort, Invitation]:
    """What a link leads to. Raises NotInvited."""
    found = store.invitation_by(tx, fingerprint(token)) if len(token) <= 100 else None
    cohort = store.cohort(tx, found.cohort) if found and found.is_open(now) else None
    if found is None or cohort is None or cohort.archived_at is not None:
        raise NotInvited
    return cohort, found


def invitation_allows(tx: Connection, token: str) -> bool:
    """Whether the link lets somebody make an account, also where sign-up is for invited people alone."""
    try:
        invited_to(tx, token, clock.now())
    except NotInvited:
        return False
    return True


def join(tx: Connection, person: Person, token: str, now: datetime) -> Cohort:
    """Become a member; for who is one already, nothing changes and nothing is counted."""
    cohort, invitation = invited_to(tx, token, now)
    known = store.member(tx, cohort.id, person.id)
    if known is not None and known.left_at is None:
        return cohort
    if person.email and person.verified_at is None:
        raise Problem("Your email is not confirmed.", "Open the link in the letter first, then join.", status=403)
    if known is not None and known.left_at and known.removed and invitation.created_at <= known.left_at:
        raise NotInvited
    if store.teaches(tx, person.id, cohort.id):
        raise Problem("You instruct this cohort, so you cannot join it as a learner.", status=409)
    if not store.use_invitation(tx, invitation.id, now):
        raise NotInvited
    store.put_member(tx, cohort.id, person.id, now)
    audit.note(tx, now, "cohort.joined", person.id, actor=person.id, detail={"cohort": cohort.id})
    return cohort

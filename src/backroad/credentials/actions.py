"""Issuing, taking back, and publishing which were taken back."""

import hashlib
import secrets
import uuid
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from backroad.credentials import document, status, store
from backroad.credentials.claims import proven
from backroad.credentials.issuer import Issuer
from backroad.credentials.model import LONGEST_REASON, Credential, ProvenSkill, Subject
from backroad.curriculum import Curriculum, Skill
from backroad.identity.model import Person
from backroad.kit.errors import NotFound, Problem
from backroad.progress import actions as progress
from backroad.progress import store as store_of_evidence
from backroad.progress.model import Evidence
from backroad.signing import actions as signing
from backroad.signing import store as keys

_LIST_FULL = status.BITS // 2
"""Credentials in a list; half of it stays empty, so that a free place is found at once."""


def subject(tx: Connection, learner: str, name: str, curriculum: Curriculum, now: datetime) -> Subject:
    """What would be claimed of `skill:<id>` or `road:<id>` now; a Problem where nothing of it is proven."""
    kind, _, ref = name.partition(":")
    if kind == "skill":
        chosen = [curriculum.skill(ref)]
        title, claim = chosen[0].title, chosen[0].claim
    elif kind == "road":
        road = curriculum.road(ref)
        chosen = [curriculum.skills[skill] for skill in dict.fromkeys(road.skills)]
        title, claim = f"{road.title}: proven skills", road.about
    else:
        raise Problem(f"A credential cannot be about {name[:60]!r}.", "Name it as skill:sql.joins or road:canonical.")
    own = curriculum.private_skills | curriculum.own_skills
    if (kind == "road" and ref in curriculum.own_roads) or (kind == "skill" and ref in own):
        raise Problem("This is your own content, which nobody else knows.", "Take what ships with Backroad.")
    public = [skill for skill in chosen if skill.id not in own]
    found = _proven(tx, learner, public, now)
    if not found:
        said = "You have not proven this skill." if kind == "skill" else "You have proven no skill of this road."
        raise Problem(said, "The page of a skill says what proves it.", status=409)
    return Subject("skill" if kind == "skill" else "road", ref, title, claim, found, len(public))


def _proven(tx: Connection, learner: str, skills: list[Skill], now: datetime) -> tuple[ProvenSkill, ...]:
    standings = progress.standings(tx, learner, now)
    ledger: dict[str, list[Evidence]] = {}
    wanted = {skill.id for skill in skills if skill.id in standings and standings[skill.id].level == "proven"}
    for item in _evidence(tx, learner, wanted):
        ledger.setdefault(item.skill, []).append(item)
    made = [proven(skill, ledger.get(skill.id, []), standings[skill.id]) for skill in skills if skill.id in wanted]
    return tuple(item for item in made if item)


def _evidence(tx: Connection, learner: str, skills: set[str]) -> list[Evidence]:
    """One statement, however many skills there are."""
    if len(skills) < 2:
        return [item for skill in skills for item in store_of_evidence.evidence_of(tx, learner, skill)]
    return [item for item in progress.ledger(tx, learner) if item.skill in skills]


def claimable(tx: Connection, learner: str, curriculum: Curriculum, now: datetime) -> list[ProvenSkill]:
    """Every proven skill that a credential may be about."""
    own = curriculum.private_skills | curriculum.own_skills
    return list(_proven(tx, learner, [skill for skill in curriculum.skills.values() if skill.id not in own], now))


def issue(
    tx: Connection, person: Person, name: str, issuer: Issuer, curriculum: Curriculum, now: datetime
) -> tuple[Credential, bool]:
    """The credential, and whether it is new: the same standing has one, as long as it is not revoked."""
    about = subject(tx, person.id, name, curriculum, now)
    standing = standing_of(about)
    current = store.in_force(tx, person.id).get(about.name)
    if current is not None and current.standing == standing and _is_believed(tx, current, issuer):
        return current, False
    if current is not None:
        store.revoke(tx, person.id, current.id, now, "a newer one says what is proven now")
    again = store.times_revoked(tx, person.id, about.name, standing)
    number = _number(issuer, person.id, about.name, standing, again)
    made = _made(tx, person, about, issuer, number, now)
    if store.add(tx, made):
        return made, True
    known = store.read(tx, number)
    assert known is not None
    return known, False


def _is_believed(tx: Connection, item: Credential, issuer: Issuer) -> bool:
    """Whether its key is in force: one that was withdrawn makes room for a new credential."""
    if not issuer.base:
        return True
    header, _ = signing.looked_into(item.jwt)
    key = keys.key(tx, str(header["kid"]).rpartition("/")[2])
    return key is not None and key.withdrawn_at is None


def standing_of(about: Subject) -> str:
    """Changes with what is proven and by what; not with one more answer that changes neither."""
    said = [[skill.id, sorted((proof.name, proof.provenance) for proof in skill.proofs)] for skill in about.skills]
    return hashlib.sha256(msgspec.json.encode(sorted(said))).hexdigest()


def _number(issuer: Issuer, *parts: object) -> str:
    digest = hashlib.sha256("\0".join(("credential", issuer.base, *map(str, parts))).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=5))


def _made(tx: Connection, person: Person, about: Subject, issuer: Issuer, number: str, now: datetime) -> Credential:
    key = issuer.key(tx, now)
    who = issuer.id(key)
    learner = f"urn:uuid:{_number(issuer, 'learner', person.id)}" if issuer.base else who
    salt = secrets.token_hex(16)
    email = person.email.strip().lower() if person.verified_at else ""
    achievement = document.achievement(
        issuer.achievement_id(about.kind, about.ref), about.kind, about.title, about.claim, about.of
    )
    body = document.credential(
        issuer.credential_id(number),
        document.profile(who, issuer.name, issuer.base),
        about,
        document.subject_of(learner, person.name, email, salt, achievement),
        now,
    )
    if issuer.base:
        page, place = _place(tx, number)
        body["credentialStatus"] = document.status_entry(issuer.list_url(page), place)
    token = issuer.sign(key, document.with_claims(body, who))
    return Credential(
        number, person.id, about.name, about.title[:200], standing_of(about), token,
        now.replace(microsecond=0),
    )  # fmt: skip


def _place(tx: Connection, number: str) -> tuple[int, int]:
    """At random, so that the place tells neither when nor to whom it was given."""
    page = _last_list(tx)
    while not store.take_place(tx, page, place := secrets.randbelow(status.BITS), number):
        pass
    return page, place


def _last_list(tx: Connection) -> int:
    return 1 + store.places(tx) // _LIST_FULL


def get(tx: Connection, learner: str, credential_id: str) -> Credential:
    found = store.read(tx, credential_id)
    if found is None or found.person != learner:
        raise NotFound("There is no such credential.")
    return found


def published(tx: Connection, credential_id: str) -> Credential:
    """For whoever knows its id: that is how a learner shows it."""
    found = store.read(tx, credential_id)
    if found is None:
        raise NotFound("There is no such credential here.")
    return found


def revoke(tx: Connection, learner: str, credential_id: str, now: datetime, reason: str = "") -> Credential:
    """Take it back for good; doing it twice changes nothing."""
    get(tx, learner, credential_id)
    said = " ".join(reason.split())[:LONGEST_REASON]
    store.revoke(tx, learner, credential_id, now, said or "the learner took it back")
    return get(tx, learner, credential_id)


def status_list(tx: Connection, issuer: Issuer, number: int, now: datetime) -> str:
    """The signed list of what is revoked, as a token."""
    if not issuer.base or not 1 <= number <= _last_list(tx):
        raise NotFound("There is no such list.")
    key = issuer.key(tx, now)
    url = issuer.list_url(number)
    body = document.status_list(url, issuer.id(key), status.encode(store.revoked_places(tx, number)), now)
    return issuer.sign(key, document.with_claims(body, issuer.id(key)))

"""The JSON of a credential: Open Badges 3.0 over the W3C Verifiable Credentials Data Model 2.0. Pure."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from backroad.credentials.model import Proof, ProvenSkill, Subject
from backroad.kit.say import plural

CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
"""In this order: the first one by the data model (section 4.3), the second by Open Badges."""
TYPE = ["VerifiableCredential", "OpenBadgeCredential"]
SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
PROVENANCE = {
    "self-run": "run by the learner, unsupervised",
    "instructor": "accepted by an instructor",
    "supervised": "run by the issuer, supervised",
}
_PROVED = {"reviews": "Remembered in reviews", "instructor": "Judged by an instructor"}


def moment(at: datetime) -> str:
    """`2027-01-04T10:00:00Z`, to the second, as `nbf` has it too."""
    return at.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def profile(issuer: str, name: str, base: str) -> dict[str, Any]:
    return {"id": issuer, "type": ["Profile"], "name": name, **({"url": base} if base else {})}


def achievement(identifier: str, kind: str, title: str, claim: str, of: int) -> dict[str, Any]:
    """What is recognised, the same for everybody. Its criteria are the rule of standing, in words."""
    rule = (
        "A skill is proven when every check of a lab that proves it passed at its last run, when an instructor "
        "accepted it, or when three different drills were remembered in reviews at least three days after they were "
        "first answered right. A later miss ends the proof."
    )
    if kind == "road":
        rule += f" This lists those of the road's {of} skills that are proven; each with its own evidence."
    return {
        "id": identifier,
        "type": ["Achievement"],
        "achievementType": "Competency",
        "name": title,
        "description": claim,
        "criteria": {"narrative": rule},
    }


def subject_of(identifier: str, name: str, email: str, salt: str, said: dict[str, Any]) -> dict[str, Any]:
    """The learner. Their email is there as a hash alone: who knows it can check that it fits."""
    known: list[dict[str, Any]] = []
    if name:
        known.append({"type": "IdentityObject", "hashed": False, "identityHash": name, "identityType": "name"})
    if email:
        digest = hashlib.sha256(f"{email}{salt}".encode()).hexdigest()
        known.append(
            {
                "type": "IdentityObject",
                "hashed": True,
                "identityHash": f"sha256${digest}",
                "identityType": "emailAddress",
                "salt": salt,
            }
        )
    about = {"id": identifier, "type": ["AchievementSubject"], "achievement": said}
    return {**about, "identifier": known} if known else about


def evidence_of(skill: ProvenSkill) -> list[dict[str, Any]]:
    """One entry for each proof. `genre` is its provenance, for programs."""
    return [_evidence(skill, proof) for proof in skill.proofs]


def _evidence(skill: ProvenSkill, proof: Proof) -> dict[str, Any]:
    kind, _, slug = proof.name.partition(":")
    done = {
        "lab": f"Lab {slug}: {plural(proof.passed, 'check')} of its backend passed",
        "reviews": f"{_PROVED['reviews']}: {plural(proof.passed, 'drill')}",
        "instructor": _PROVED["instructor"],
    }[kind]
    first, last = (at.astimezone(UTC).date().isoformat() for at in (proof.first_at, proof.last_at))
    when = f"on {first}" if first == last else f"from {first} to {last}"
    counts = ", ".join(f"{count} {name}" for name, count in skill.by_provenance.items())
    faded = " Reviews say that it was fading when this was issued." if skill.fading else ""
    return {
        "type": ["Evidence"],
        "name": f"{skill.title}: {proof.name}",
        "genre": proof.provenance,
        "narrative": f"{done}, {PROVENANCE[proof.provenance]}, {when}.",
        "description": f"All evidence of {skill.id} in the ledger: {skill.passed} passed ({counts}), "
        f"{skill.failed} failed.{faded}",
    }


def status_entry(list_url: str, place: int) -> dict[str, Any]:
    return {
        "id": f"{list_url}#{place}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(place),
        "statusListCredential": list_url,
    }


def credential(
    identifier: str, issuer: dict[str, Any], subject: Subject, about: dict[str, Any], now: datetime
) -> dict[str, Any]:
    return {
        "@context": CONTEXT,
        "id": identifier,
        "type": TYPE,
        "name": subject.title,
        "issuer": issuer,
        "validFrom": moment(now),
        "credentialSubject": about,
        "evidence": [entry for skill in subject.skills for entry in evidence_of(skill)],
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
    }


def status_list(list_url: str, issuer: str, encoded: str, now: datetime) -> dict[str, Any]:
    return {
        "@context": CONTEXT[:1],
        "id": list_url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": moment(now),
        "credentialSubject": {
            "id": f"{list_url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encoded,
        },
    }


def with_claims(document: dict[str, Any], issuer: str) -> dict[str, Any]:
    """The payload of the token: the credential, and the claims that repeat parts of it (Open Badges 3.0, 8.2)."""
    begun = int(datetime.fromisoformat(document["validFrom"]).timestamp())
    claims = {"iss": issuer, "jti": document["id"], "nbf": begun, "sub": document["credentialSubject"]["id"]}
    return {**document, **claims}

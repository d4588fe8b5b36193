"""The rules of Open Badges 3.0, VCDM 2.0 and their JWT form, written down anew from the specifications.

Signatures are checked by `cryptography` alone, so that no line is shared with what signs.
"""

import base64
import gzip
import json
import re
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

URI = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
CREDENTIAL = {
    "@context", "id", "type", "name", "description", "issuer", "validFrom", "validUntil", "credentialSubject",
    "evidence", "credentialStatus", "credentialSchema", "awardedDate", "image", "proof", "refreshService",
    "termsOfUse", "endorsement", "endorsementJwt",
}  # fmt: skip
ACHIEVEMENT = {
    "id", "type", "achievementType", "alignment", "creator", "creditsAvailable", "criteria", "description",
    "endorsement", "fieldOfStudy", "humanCode", "image", "inLanguage", "name", "otherIdentifier", "related",
    "resultDescription", "specialization", "tag", "version",
}  # fmt: skip
SUBJECT = {
    "id", "type", "activityEndDate", "activityStartDate", "creditsEarned", "achievement", "identifier", "image",
    "licenseNumber", "narrative", "result", "role", "source", "term",
}  # fmt: skip
EVIDENCE = {"id", "type", "narrative", "name", "description", "genre", "audience"}


def part(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")


def opened(token: str, jwk: dict[str, Any]) -> dict[str, Any]:
    """The payload, when this RSA key signed it; else it raises."""
    header, payload, signature = token.split(".")
    assert part(header)["alg"] == "RS256"
    assert not {"d", "p", "q", "dp", "dq", "qi"} & jwk.keys(), "a private key was published"
    key = RSAPublicNumbers(number(jwk["e"]), number(jwk["n"])).public_key()
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    key.verify(raw, f"{header}.{payload}".encode(), PKCS1v15(), SHA256())
    found: dict[str, Any] = part(payload)
    return found


def check_header(token: str) -> dict[str, Any]:
    """Open Badges 3.0, 8.2.4.1: these members and no others."""
    header: dict[str, Any] = part(token.split(".")[0])
    assert header.keys() <= {"alg", "kid", "jwk", "typ"}
    assert header["alg"] == "RS256"
    assert header.get("typ", "JWT") == "JWT"
    assert "kid" in header or "jwk" in header
    assert URI.fullmatch(header.get("kid", "x:y"))
    return header


def check_claims(payload: dict[str, Any]) -> dict[str, Any]:
    """Open Badges 3.0, 8.2.4.2 and 8.2.4.5; the credential without the claims."""
    assert "vc" not in payload
    assert payload["iss"] == payload["issuer"]["id"]
    assert payload["jti"] == payload["id"]
    assert payload["sub"] == payload["credentialSubject"]["id"]
    assert payload["nbf"] == datetime.fromisoformat(payload["validFrom"]).timestamp()
    assert type(payload["nbf"]) is int
    assert ("exp" in payload) == ("validUntil" in payload)
    return {name: value for name, value in payload.items() if name not in ("iss", "jti", "sub", "nbf", "exp")}


def check_credential(body: dict[str, Any]) -> None:
    assert body.keys() <= CREDENTIAL, body.keys() - CREDENTIAL
    assert body["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert body["@context"][1] == "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
    assert body["type"][0] == "VerifiableCredential"
    assert {"OpenBadgeCredential", "AchievementCredential"} & set(body["type"])
    assert URI.fullmatch(body["id"])
    assert STAMP.fullmatch(body["validFrom"])
    assert isinstance(body["name"], str)
    assert body["name"]
    check_profile(body["issuer"])
    check_subject(body["credentialSubject"])
    for entry in body.get("evidence", []):
        assert entry.keys() <= EVIDENCE
        assert "Evidence" in entry["type"]
        assert all(isinstance(value, str) for name, value in entry.items() if name != "type")
    for schema in body.get("credentialSchema", []):
        assert schema.keys() == {"id", "type"}
        assert URI.fullmatch(schema["id"])
    if "credentialStatus" in body:
        check_status(body["credentialStatus"])


def check_profile(profile: dict[str, Any]) -> None:
    assert "Profile" in profile["type"]
    assert URI.fullmatch(profile["id"])
    assert isinstance(profile.get("name", ""), str)
    assert URI.fullmatch(profile.get("url", "x:y"))


def check_subject(subject: dict[str, Any]) -> None:
    assert subject.keys() <= SUBJECT
    assert "AchievementSubject" in subject["type"]
    assert "id" in subject or subject.get("identifier")
    for known in subject.get("identifier", []):
        assert known.keys() <= {"type", "hashed", "identityHash", "identityType", "salt"}
        assert known["type"] == "IdentityObject"
        assert isinstance(known["hashed"], bool)
        assert not known["hashed"] or re.fullmatch(r"sha256\$[0-9a-f]{64}", known["identityHash"])
        assert known["identityType"] in ("name", "emailAddress")
    achievement = subject["achievement"]
    assert achievement.keys() <= ACHIEVEMENT
    assert "Achievement" in achievement["type"]
    assert URI.fullmatch(achievement["id"])
    assert achievement["name"]
    assert achievement["description"]
    assert set(achievement["criteria"]) <= {"id", "narrative"}
    assert achievement["criteria"]
    assert achievement["achievementType"] == "Competency"


def check_status(status: dict[str, Any]) -> None:
    """Bitstring Status List 1.0, section 2.1."""
    assert status["type"] == "BitstringStatusListEntry"
    assert status["statusPurpose"] == "revocation"
    assert isinstance(status["statusListIndex"], str)
    assert 0 <= int(status["statusListIndex"]) < 131_072
    assert URI.fullmatch(status["statusListCredential"])
    assert status.get("id") != status["statusListCredential"]


def bit(payload: dict[str, Any], place: int) -> bool:
    """Bitstring Status List 1.0, sections 2.2 and 3.2."""
    assert payload["@context"] == ["https://www.w3.org/ns/credentials/v2"]
    assert "BitstringStatusListCredential" in payload["type"]
    subject = payload["credentialSubject"]
    assert (subject["type"], subject["statusPurpose"]) == ("BitstringStatusList", "revocation")
    text = subject["encodedList"]
    assert text[0] == "u"
    assert "=" not in text
    bits = gzip.decompress(base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4)))
    assert len(bits) * 8 >= 131_072
    return bool(int.from_bytes(bits, "big") >> (len(bits) * 8 - 1 - place) & 1)

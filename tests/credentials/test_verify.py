"""Tokens that somebody brings: each is told what it is, none is believed for what it says of itself."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import delete

from backroad.credentials import actions, store
from backroad.credentials.issuer import Issuer, did_of
from backroad.credentials.model import Verdict
from backroad.credentials.verify import verify
from backroad.curriculum import Curriculum
from backroad.identity.model import LOCAL_PERSON, Person
from backroad.kit.db import Database
from backroad.kit.errors import NotFound, Problem
from backroad.progress import actions as progress
from backroad.progress.model import Facts, NewEvidence
from backroad.signing import actions as signing
from backroad.signing.private import Keyring
from tests.credentials.open_badge import check_claims, check_credential, check_header, part

NOW = datetime(2027, 1, 4, 10, tzinfo=UTC)
ALICE = Person("alice", "Alice@Example.org", 'Alice "A" <b>', "learner", NOW, verified_at=NOW)
BASE = "https://learn.example.org"


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(BASE, Keyring(tmp_path, {}))


@pytest.fixture
def token(db: Database, issuer: Issuer, curriculum: Curriculum) -> str:
    prove(db, "alice", "sql.joins")
    item, new = db.run_now(lambda tx: actions.issue(tx, ALICE, "skill:sql.joins", issuer, curriculum, NOW))
    assert new
    return item.jwt


def prove(db: Database, learner: str, skill: str, *, days: int = 0, outcome: Any = "passed") -> None:
    """An instructor says so."""
    at = NOW + timedelta(days=days)
    said = NewEvidence(skill=skill, source="instructor", ref="carol", outcome=outcome, provenance="instructor", at=at)
    db.run_now(lambda tx: progress.record(tx, learner, [said], now=at, facts=Facts()))


def judged(db: Database, text: str, issuer: Issuer, *, days: int = 0) -> Verdict:
    return db.run_now(lambda tx: verify(tx, text, issuer, NOW + timedelta(days=days)))


def encoded(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def test_what_was_issued_is_an_open_badge(token: str, db: Database, issuer: Issuer) -> None:
    header = check_header(token)
    key = db.run_now(actions_key_id(issuer))
    assert header == {"alg": "RS256", "typ": "JWT", "kid": f"{BASE}/keys/{key}"}
    body = check_claims(part(token.split(".")[1]))
    check_credential(body)
    assert body["issuer"]["id"] == f"{BASE}/issuer"
    assert "example.org" not in json.dumps(body["credentialSubject"]).lower().replace(BASE, "")
    assert [entry["genre"] for entry in body["evidence"]] == ["instructor"]
    verdict = judged(db, token, issuer)
    assert (verdict.state, verdict.good) == ("valid", True)
    assert judged(db, f"\n {token[:50]}\n{token[50:]} ", issuer).state == "valid", "as mail wraps it"


def actions_key_id(issuer: Issuer) -> Callable[[Any], str]:
    return lambda tx: issuer.key(tx, NOW).id


def test_the_same_standing_is_one_credential(db: Database, issuer: Issuer, curriculum: Curriculum, token: str) -> None:
    def issue(name: str = "skill:sql.joins") -> tuple[str, bool]:
        item, new = db.run_now(lambda tx: actions.issue(tx, ALICE, name, issuer, curriculum, NOW))
        return item.id, new

    first, new = issue()
    assert not new
    answer = NewEvidence(skill="sql.joins", source="drill", ref="sql.joins/x", outcome="passed")
    db.run_now(lambda tx: progress.record(tx, "alice", [answer], now=NOW, facts=Facts()))
    assert issue() == (first, False), "one more answer proves nothing more"
    db.run_now(lambda tx: actions.revoke(tx, "alice", first, NOW, "  wrong\nname "))
    taken = db.run_now(lambda tx: store.read(tx, first))
    assert taken
    assert taken.reason == "wrong name"
    again, new = issue()
    assert (again != first, new) == (True, True)
    assert issue() == (again, False)
    road, new = issue("road:canonical")
    assert new
    prove(db, "alice", "http.methods")
    wider, new = issue("road:canonical")
    assert (wider != road, new) == (True, True)
    gone = db.run_now(lambda tx: store.read(tx, road))
    assert gone
    assert gone.revoked_at, "the newer one takes its place"


def test_only_what_is_proven_is_certified(db: Database, issuer: Issuer, curriculum: Curriculum) -> None:
    for name, error in {
        "skill:sql.joins": "You have not proven this skill",
        "road:canonical": "You have proven no skill of this road",
        "skill:no.pe": "no skill",
        "road:nope": "no road",
        "lab:shop": "cannot be about",
        "": "cannot be about",
    }.items():
        with pytest.raises(Problem, match=error):
            db.run_now(lambda tx, name=name: actions.issue(tx, ALICE, name, issuer, curriculum, NOW))
    prove(db, "alice", "sql.joins")
    prove(db, "alice", "sql.joins", days=1, outcome="failed")
    with pytest.raises(Problem, match="You have not proven"):
        db.run_now(lambda tx: actions.issue(tx, ALICE, "skill:sql.joins", issuer, curriculum, NOW))


def test_a_revoked_credential_says_so_for_ever(db: Database, issuer: Issuer, token: str) -> None:
    number = part(token.split(".")[1])["id"].rpartition("/")[2]
    with pytest.raises(NotFound):
        db.run_now(lambda tx: actions.revoke(tx, "bob", number, NOW))
    db.run_now(lambda tx: actions.revoke(tx, "alice", number, NOW))
    db.run_now(lambda tx: actions.revoke(tx, "alice", number, NOW + timedelta(days=3)))
    verdict = judged(db, token, issuer, days=5)
    assert verdict.state == "revoked"
    assert "taken back on 4 January 2027" in verdict.sentence


def test_a_deleted_account_leaves_a_bit_and_nothing_else(db: Database, issuer: Issuer, token: str) -> None:
    number = part(token.split(".")[1])["id"].rpartition("/")[2]
    place = int(part(token.split(".")[1])["credentialStatus"]["statusListIndex"])
    assert db.run_now(lambda tx: store.revoked_places(tx, 1)) == []
    db.run_now(lambda tx: tx.execute(delete(store.credential_table).where(store.c.person == "alice")))
    assert judged(db, token, issuer).state == "revoked"
    assert db.run_now(lambda tx: store.revoked_places(tx, 1)) == [place]
    with pytest.raises(NotFound):
        db.run_now(lambda tx: actions.published(tx, number))


def test_a_rotated_key_still_counts_and_a_withdrawn_one_does_not(
    db: Database, issuer: Issuer, token: str, curriculum: Curriculum
) -> None:
    old = db.run_now(actions_key_id(issuer))
    db.run_now(lambda tx: signing.rotate(tx, issuer.keys, "credential", NOW))
    assert judged(db, token, issuer).state == "valid"
    db.run_now(lambda tx: signing.withdraw(tx, old, NOW))
    verdict = judged(db, token, issuer)
    assert (verdict.state, "was withdrawn" in verdict.sentence) == ("revoked", True)
    item, new = db.run_now(lambda tx: actions.issue(tx, ALICE, "skill:sql.joins", issuer, curriculum, NOW))
    assert new
    assert judged(db, item.jwt, issuer).state == "valid"


def forged(token: str, key: RSAKey, **header: object) -> str:
    whole = {**part(token.split(".")[0]), **header}
    return jws.serialize_compact(whole, json.dumps(part(token.split(".")[1])), key)


def hs256(token: str, secret: bytes) -> str:
    """By hand: no library signs with a public key as a secret."""
    header, payload, _ = token.split(".")
    signed = f"{encoded({**part(header), 'alg': 'HS256'})}.{payload}"
    return f"{signed}.{encoded(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


MINE = RSAKey.generate_key(2048)


def test_attacks_are_refused_in_words(db: Database, issuer: Issuer, token: str) -> None:
    header, payload, signature = token.split(".")
    claims = part(payload)
    public = db.run_now(signing.key_set)["keys"][0]
    better = {**claims, "name": "Everything"}
    lti = db.run_now(lambda tx: signing.signing_key(tx, issuer.keys, "lti", NOW))
    attacks = {
        "none": f"{encoded({**part(header), 'alg': 'none'})}.{payload}.",
        "None": f"{encoded({**part(header), 'alg': 'None'})}.{payload}.",
        "none, with a signature": f"{encoded({**part(header), 'alg': 'none'})}.{payload}.{signature}",
        "the public key as a secret": hs256(token, RSAKey.import_key(public).as_pem(private=False)),
        "another payload": f"{header}.{encoded(better)}.{signature}",
        "another key under our kid": forged(token, MINE),
        "its own key in the header": forged(token, MINE, jwk=MINE.as_dict(private=False)),
        "our issuer, unknown kid": forged(token, MINE, kid=f"{BASE}/keys/unknown"),
        "a key of another purpose": signing.sign(lti, claims, kid=f"{BASE}/keys/{lti.id}"),
        "crit": f"{encoded({**part(header), 'crit': ['exp']})}.{payload}.{signature}",
        "no signature": f"{header}.{payload}.",
        "half a signature": token[:-40],
        "PS256": f"{encoded({**part(header), 'alg': 'PS256'})}.{payload}.{signature}",
        "ES256 with an RSA key": f"{encoded({**part(header), 'alg': 'ES256'})}.{payload}.{signature}",
    }  # fmt: skip
    for name, text in attacks.items():
        verdict = judged(db, text, issuer)
        assert verdict.state == "altered", name
        assert not verdict.good
        assert not verdict.document, name
        assert verdict.sentence.endswith(".")


def test_what_cannot_be_read_is_said(db: Database, issuer: Issuer, token: str) -> None:
    header, payload, signature = token.split(".")
    deep = "[" * 60_000
    texts = [
        "", " ", "nonsense", "a.b", "a.b.c", "..", "é.é.é", f"{header}.{payload}", f"{token}.x",
        f"{header}..{signature}",
        f"{encoded([])}.{payload}.{signature}", f"{header}.{encoded([1])}.{signature}", f"{header}.{encoded(b'x')}.x",
        "x" * 10_000_000, f"{header}.{encoded({'a': 'x' * 300_000})}.x",
        f"{header}.{encoded(deep.encode())[:60_000]}.x",
        json.dumps(part(payload)), "\0.\0.\0",
    ]  # fmt: skip
    started = time.monotonic()
    for text in texts:
        assert judged(db, text, issuer).state == "unreadable", text[:60]
    assert time.monotonic() - started < 5


def test_another_issuer_is_not_judged(db: Database, issuer: Issuer, token: str) -> None:
    claims = {**part(token.split(".")[1]), "iss": "https://elsewhere.example/issuer"}
    foreign = jws.serialize_compact({"alg": "RS256", "kid": "https://elsewhere.example/k"}, json.dumps(claims), MINE)
    verdict = judged(db, foreign, issuer)
    assert (verdict.state, verdict.issuer) == ("foreign", "https://elsewhere.example/issuer")
    nobody = jws.serialize_compact({"alg": "RS256"}, json.dumps({"a": 1}), MINE)
    assert judged(db, nobody, issuer).sentence.startswith("It names no issuer")


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "first context": lambda c: c.update({"@context": c["@context"][::-1]}),
    "badge context": lambda c: c.update({"@context": c["@context"][:1]}),
    "no context": lambda c: c.pop("@context"),
    "type": lambda c: c.update(type=["VerifiableCredential"]),
    "iss": lambda c: c.update(iss=f"{BASE}/other"),
    "jti": lambda c: c.update(jti="x"),
    "sub": lambda c: c.update(sub="x"),
    "no subject": lambda c: c.pop("credentialSubject"),
    "subject": lambda c: c.update(credentialSubject=[]),
    "achievement": lambda c: c["credentialSubject"].update(achievement="x"),
    "nbf": lambda c: c.update(nbf=c["nbf"] + 1),
    "validFrom": lambda c: c.update(validFrom="2027-01-04T10:00:00"),
    "exp alone": lambda c: c.update(exp=1),
    "vc": lambda c: c.update(vc={}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_we_signed_and_is_no_badge_is_none(name: str, db: Database, issuer: Issuer, token: str) -> None:
    claims = part(token.split(".")[1])
    CHANGES[name](claims)
    signed = db.run_now(lambda tx: issuer.sign(issuer.key(tx, NOW), claims))
    verdict = judged(db, signed, issuer)
    assert verdict.state == "unreadable"
    assert verdict.sentence.startswith("This is signed, and is no Open Badge: ")


def test_a_status_list_is_no_badge_and_times_count(db: Database, issuer: Issuer, token: str) -> None:
    listed = db.run_now(lambda tx: actions.status_list(tx, issuer, 1, NOW))
    assert judged(db, listed, issuer).state == "unreadable"
    assert judged(db, token, issuer, days=-1).state == "expired"
    until = NOW + timedelta(days=1)
    claims = {**part(token.split(".")[1]), "validUntil": until.isoformat(), "exp": int(until.timestamp())}
    short = db.run_now(lambda tx: issuer.sign(issuer.key(tx, NOW), claims))
    assert [judged(db, short, issuer, days=days).state for days in (0, 2)] == ["valid", "expired"]
    for number in (0, 2, 99):
        with pytest.raises(NotFound):
            db.run_now(lambda tx, number=number: actions.status_list(tx, issuer, number, NOW))


def test_a_whole_road_fits_into_a_credential(db: Database, issuer: Issuer, curriculum: Curriculum) -> None:
    said = [
        NewEvidence(skill=skill, source="instructor", ref="carol", outcome="passed", provenance="instructor", at=NOW)
        for skill in curriculum.road("canonical").skills
    ]
    db.run_now(lambda tx: progress.record(tx, "alice", said, now=NOW, facts=Facts()))
    item, _ = db.run_now(lambda tx: actions.issue(tx, ALICE, "road:canonical", issuer, curriculum, NOW))
    verdict = judged(db, item.jwt, issuer)
    assert verdict.state == "valid"
    assert len(verdict.document["evidence"]) == len(curriculum.road("canonical").skills)


def test_a_learners_own_key_proves_only_that_nothing_changed(
    db: Database, tmp_path: Path, curriculum: Curriculum, issuer: Issuer
) -> None:
    prove(db, "local", "sql.joins")
    own = Issuer("", Keyring(tmp_path / "own", {}))
    item, _ = db.run_now(lambda tx: actions.issue(tx, LOCAL_PERSON, "skill:sql.joins", own, curriculum, NOW))
    body = check_claims(part(item.jwt.split(".")[1]))
    check_header(item.jwt)
    check_credential(body)
    assert body["issuer"]["id"] == body["credentialSubject"]["id"]
    assert "credentialStatus" not in body
    for where in (own, issuer):
        verdict = judged(db, item.jwt, where)
        assert verdict.state == "self-asserted"
        assert "does not show who the learner is" in verdict.hint
    header, payload, signature = item.jwt.split(".")
    claims = part(payload)
    other = {**claims, "iss": did_of(MINE.as_dict(private=False))}
    swapped = jws.serialize_compact(part(header), json.dumps(claims), MINE)
    bad = {
        "altered": f"{header}.{encoded({**claims, 'name': 'x'})}.{signature}",
        "another key": swapped,
        "a key that is not the issuer's": jws.serialize_compact(part(header), json.dumps(other), MINE),
        "no key": jws.serialize_compact({"alg": "RS256"}, json.dumps({**claims, "iss": "did:jwk:e30"}), MINE),
        "no did": jws.serialize_compact({"alg": "RS256"}, json.dumps({**claims, "iss": "did:jwk:*"}), MINE),
        "a private key": jws.serialize_compact(
            {"alg": "RS256", "kid": did_of(MINE.as_dict(private=True)) + "#0"},
            json.dumps({**claims, "iss": did_of(MINE.as_dict(private=True))}), MINE),
    }  # fmt: skip
    for name, text in bad.items():
        assert judged(db, text, issuer).state == "altered", name
    claimed = {**claims, "issuer": {**claims["issuer"], "name": "Harvard"}}
    named = db.run_now(lambda tx: own.sign(own.key(tx, NOW), claimed))
    assert "Harvard" not in judged(db, named, issuer).sentence
    assert judged(db, named, issuer).issuer == "the learner's own key"


def test_a_key_of_a_setting_may_be_elliptic(db: Database, tmp_path: Path, curriculum: Curriculum) -> None:
    pem = ECKey.generate_key("P-256").as_pem(private=True).decode()
    issuer = Issuer(BASE, Keyring(tmp_path, {"credential": pem}))
    prove(db, "alice", "sql.joins")
    item, _ = db.run_now(lambda tx: actions.issue(tx, ALICE, "skill:sql.joins", issuer, curriculum, NOW))
    assert judged(db, item.jwt, issuer).state == "valid"
    assert part(item.jwt.split(".")[0])["alg"] == "ES256"

"""The rules of personal access tokens and of grants, on the database that the tests run on."""

import base64
import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from sqlalchemy import select, update

from backroad.identity import actions, audit, drawn, families, grant_store, signing, store, tokens
from backroad.identity.grants import ACCESS_LIFE, FAMILY_LIFE, Issued
from backroad.identity.jwts import Jwts
from backroad.identity.model import Person
from backroad.identity.sessions import fingerprint
from backroad.identity.signing import SigningKeys
from backroad.kit.db import Database
from backroad.kit.errors import NotFound, Problem
from backroad.kit.migrate import migrate
from tests.databases import database_url

NOW = datetime(2027, 1, 4, 10, tzinfo=UTC)
ISSUER = "https://learn.example.org"
SECRET = "s" * 32


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = Database(database_url(tmp_path / "backroad.db"))
    migrate(opened)
    yield opened
    opened.close()


@pytest.fixture
def jwts() -> Jwts:
    return Jwts(ISSUER, SigningKeys(SECRET))


def added(db: Database, name: str, role: str = "learner") -> Person:
    email = f"{name}@example.org"
    return db.run_now(lambda tx: actions.add(tx, email=email, name=name, now=NOW, role=role))  # type: ignore[arg-type]


def actions_of(db: Database, person: Person) -> list[str]:
    return [entry.action for entry in db.run_now(lambda tx: audit.newest(tx, 50, subject=person.id))]


def opened(db: Database, jwts: Jwts, person: Person, now: datetime = NOW) -> Issued:
    return db.run_now(
        lambda tx: families.open_family(tx, jwts, person, "backroad-cli", ("read", "write"), now, how="test")
    )


def renewed(db: Database, jwts: Jwts, refresh: str, now: datetime = NOW, client: str = "backroad-cli") -> Issued | None:
    return db.run_now(lambda tx: families.renew(tx, jwts, refresh, client, now))


def lets_in(db: Database, jwts: Jwts, access: str, now: datetime = NOW) -> bool:
    return db.run_now(lambda tx: jwts.access_of(tx, access, now)) is not None


def test_a_token_is_found_by_scanners_and_kept_only_as_its_digest(db: Database) -> None:
    alice = added(db, "alice")
    token, word = db.run_now(lambda tx: tokens.make(tx, alice, " ci  robot ", ["write", "read"], NOW))
    assert re.fullmatch(r"bkr_[0-9A-Za-z]{46}", word)
    assert (token.name, token.scopes, token.tail) == ("ci robot", ("read", "write"), word[-4:])
    assert token.expires_at == NOW + timedelta(days=90)
    rows = db.run_now(lambda tx: [dict(row) for row in tx.execute(select(grant_store.token_table)).mappings()])
    assert word not in str(rows)
    assert rows[0]["digest"] == fingerprint(word)
    access = db.run_now(lambda tx: tokens.access_of(tx, word, NOW))
    assert access is not None
    assert (access.person.id, access.via, access.scopes) == (alice.id, "token", {"read", "write"})


def test_one_letter_changed_is_no_token() -> None:
    word = drawn.draw(drawn.TOKEN)
    assert drawn.is_sound(word, drawn.TOKEN)
    for place in range(4, len(word)):
        other = "a" if word[place] != "a" else "b"
        assert not drawn.is_sound(word[:place] + other + word[place + 1 :], drawn.TOKEN)
    assert not drawn.is_sound(word, drawn.REFRESH)
    assert not drawn.is_sound("bkr_", drawn.TOKEN)
    assert not drawn.is_sound("", drawn.TOKEN)


def test_a_token_ends_by_time_by_its_owner_and_with_the_account(db: Database) -> None:
    alice, bob = added(db, "alice"), added(db, "bob")

    def in_(word: str, now: datetime = NOW) -> bool:
        return db.run_now(lambda tx: tokens.access_of(tx, word, now)) is not None

    first, word = db.run_now(lambda tx: tokens.make(tx, alice, "one", ["read"], NOW, 1))
    assert in_(word, NOW + timedelta(hours=23))
    assert not in_(word, NOW + timedelta(days=1))
    with pytest.raises(NotFound):
        db.run_now(lambda tx: tokens.revoke(tx, bob.id, first.id, NOW))
    assert in_(word)
    db.run_now(lambda tx: tokens.revoke(tx, alice.id, first.id, NOW))
    assert not in_(word)
    _, word = db.run_now(lambda tx: tokens.make(tx, alice, "two", ["read"], NOW))
    db.run_now(lambda tx: store.change_person(tx, alice.id, disabled_at=NOW))
    assert not in_(word)
    assert actions_of(db, alice)[:3] == ["token.made", "token.revoked", "token.made"]


@pytest.mark.parametrize(
    ("name", "scopes", "days", "status"),
    [
        ("", ["read"], 90, 400),
        ("x" * 81, ["read"], 90, 400),
        ("a\x00b", ["read"], 90, 400),
        ("ci", [], 90, 400),
        ("ci", ["everything"], 90, 400),
        ("ci", ["admin"], 90, 403),
        ("ci", ["read"], 0, 400),
        ("ci", ["read"], 366, 400),
    ],
)
def test_what_no_token_can_be(db: Database, name: str, scopes: list[str], days: int, status: int) -> None:
    alice = added(db, "alice")
    with pytest.raises(Problem) as told:
        db.run_now(lambda tx: tokens.make(tx, alice, name, scopes, NOW, days))
    assert told.value.status == status


def test_a_refresh_token_works_once_and_its_second_use_ends_the_grant(db: Database, jwts: Jwts) -> None:
    alice = added(db, "alice")
    first = opened(db, jwts, alice)
    second = renewed(db, jwts, first.refresh)
    assert second is not None
    assert second.refresh != first.refresh
    assert lets_in(db, jwts, first.access)
    assert lets_in(db, jwts, second.access)
    assert renewed(db, jwts, first.refresh) is None
    assert renewed(db, jwts, second.refresh) is None
    assert not lets_in(db, jwts, first.access)
    assert not lets_in(db, jwts, second.access)
    assert "refresh.reused" in actions_of(db, alice)


def test_only_the_grant_of_the_copied_token_ends(db: Database, jwts: Jwts) -> None:
    alice = added(db, "alice")
    here, there = opened(db, jwts, alice), opened(db, jwts, alice)
    assert renewed(db, jwts, here.refresh) is not None
    assert renewed(db, jwts, here.refresh) is None
    assert lets_in(db, jwts, there.access)
    assert renewed(db, jwts, there.refresh) is not None


def test_of_two_uses_at_once_one_wins(db: Database, jwts: Jwts) -> None:
    alice = added(db, "alice")
    for _ in range(10):
        issued, ready = opened(db, jwts, alice), threading.Barrier(4)

        def use(issued: Issued = issued, ready: threading.Barrier = ready) -> Issued | None:
            ready.wait()
            return renewed(db, jwts, issued.refresh)

        with ThreadPoolExecutor(4) as pool:
            got = [future.result() for future in [pool.submit(use) for _ in range(4)]]
        assert sum(one is not None for one in got) == 1
        assert not lets_in(db, jwts, next(one for one in got if one).access)  # the others were reuse: the grant ended


def test_a_refresh_token_belongs_to_its_program(db: Database, jwts: Jwts) -> None:
    issued = opened(db, jwts, added(db, "alice"))
    assert renewed(db, jwts, issued.refresh, client="backroad-app") is None
    assert renewed(db, jwts, issued.refresh) is None


def test_a_grant_that_nobody_uses_ends(db: Database, jwts: Jwts) -> None:
    alice = added(db, "alice")
    issued = opened(db, jwts, alice)
    later = NOW + FAMILY_LIFE - timedelta(seconds=1)
    kept = renewed(db, jwts, issued.refresh, later)
    assert kept is not None
    assert renewed(db, jwts, kept.refresh, later + FAMILY_LIFE) is None


def test_a_closed_account_and_an_ended_grant_are_not_let_in_a_moment_longer(db: Database, jwts: Jwts) -> None:
    alice, bob = added(db, "alice"), added(db, "bob")
    one, other = opened(db, jwts, alice), opened(db, jwts, alice)
    with pytest.raises(NotFound):
        db.run_now(lambda tx: families.end(tx, bob.id, one.family.id, NOW))
    db.run_now(lambda tx: families.end(tx, alice.id, one.family.id, NOW))
    assert not lets_in(db, jwts, one.access)
    assert lets_in(db, jwts, other.access)
    db.run_now(lambda tx: store.change_person(tx, alice.id, disabled_at=NOW))
    assert not lets_in(db, jwts, other.access)
    assert renewed(db, jwts, other.refresh) is None


def test_an_access_token_says_what_rfc_9068_asks_for(db: Database, jwts: Jwts) -> None:
    alice = added(db, "alice")
    issued = opened(db, jwts, alice)
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in issued.access.split(".")[:2])
    assert (header["alg"], header["typ"]) == ("ES256", "at+jwt")
    assert header["kid"] in [key["kid"] for key in db.run_now(jwts.keys.public)["keys"]]
    assert (claims["iss"], claims["aud"], claims["sub"]) == (ISSUER, ISSUER, alice.id)
    assert (claims["scope"], claims["sid"], claims["client_id"]) == ("read write", issued.family.id, "backroad-cli")
    assert claims["exp"] - claims["iat"] == 900
    assert "d" not in db.run_now(jwts.keys.public)["keys"][0]


def test_forged_access_tokens(db: Database, jwts: Jwts) -> None:
    alice, bob = added(db, "alice"), added(db, "bob")
    issued = opened(db, jwts, alice)
    key = db.run_now(lambda tx: jwts.keys.current(tx, NOW))
    at = int(NOW.timestamp())
    claims = {"iss": ISSUER, "aud": ISSUER, "sub": alice.id, "scope": "read", "sid": issued.family.id, "exp": at + 60}
    header = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid}

    def made(key: ECKey = key, header: dict[str, object] = header, **changed: object) -> str:
        return jwt.encode(header, {**claims, **changed}, key)

    assert lets_in(db, jwts, made())
    public = json.dumps(db.run_now(jwts.keys.public)["keys"][0])
    stranger = ECKey.generate_key("P-256")
    body = made().split(".")[1]
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').rstrip(b"=").decode()
    deep = base64.urlsafe_b64encode(b"[" * 1200).rstrip(b"=").decode()
    forged = {
        "stranger's key": made(key=stranger),
        "its own key in the header": made(key=stranger, header={**header, "jwk": stranger.as_dict(private=False)}),
        "unknown kid": made(header={**header, "kid": "other"}),
        "no kid": made(header={"alg": "ES256", "typ": "at+jwt"}),
        "another type": made(header={**header, "typ": "JWT"}),
        "unsigned": f"{none}.{body}.",
        "public key as a secret": jwt.encode(
            {"alg": "HS256", "typ": "at+jwt", "kid": key.kid}, claims, OctKey.import_key(public)
        ),
        "tampered": made()[:-4] + "AAAA",
        "expired": made(exp=at),
        "without an end": made(exp=None),
        "for years": made(exp=at + 10**8),
        "another issuer": made(iss="https://evil.example.org"),
        "another audience": made(aud="https://evil.example.org"),
        "two audiences": made(aud=[ISSUER, "https://evil.example.org"]),
        "bob's name on alice's grant": made(sub=bob.id),
        "no grant": made(sid="0"),
        "a number for a grant": made(sid=1),
        "nothing": "..",
        "too long": made(scope="read " * 1000),
        "nested": f"{deep}.{deep}.{deep}",
    }
    assert [name for name, text in forged.items() if lets_in(db, jwts, text)] == []


def test_a_token_gives_no_more_than_its_grant(db: Database, jwts: Jwts) -> None:
    issued = opened(db, jwts, added(db, "alice"))
    db.run_now(lambda tx: tx.execute(update(grant_store.family_table).values(scopes="read")))
    access = db.run_now(lambda tx: jwts.access_of(tx, issued.access, NOW))
    assert access is not None
    assert access.scopes == {"read"}


def test_keys_are_replaced_and_the_old_one_verifies_until_its_last_token_is_over(db: Database, jwts: Jwts) -> None:
    alice = added(db, "alice")
    issued = opened(db, jwts, alice)
    late = NOW + signing.ROTATION
    before_rotation = renewed(db, jwts, issued.refresh, late - timedelta(seconds=1))
    assert before_rotation is not None
    after = renewed(db, jwts, before_rotation.refresh, late)
    assert after is not None
    kids = [key["kid"] for key in db.run_now(jwts.keys.public)["keys"]]
    assert len(kids) == 2
    assert lets_in(db, jwts, before_rotation.access, late + ACCESS_LIFE - timedelta(seconds=2))
    db.run_now(lambda tx: jwts.keys.rotate(tx, late + signing.LAST_USE))
    left = [key["kid"] for key in db.run_now(jwts.keys.public)["keys"]]
    assert kids[1] not in left
    assert kids[0] in left


def test_private_keys_are_sealed_and_another_secret_makes_a_new_one(db: Database, jwts: Jwts) -> None:
    key = db.run_now(lambda tx: jwts.keys.current(tx, NOW))
    private = key.as_dict(private=True)["d"]
    rows = db.run_now(lambda tx: str(list(tx.execute(select(grant_store.signing_key_table)))))
    assert str(private) not in rows
    assert db.run_now(lambda tx: SigningKeys(SECRET).current(tx, NOW)).kid == key.kid
    assert db.run_now(lambda tx: SigningKeys("t" * 32).current(tx, NOW + timedelta(seconds=1))).kid != key.kid


def test_revoking_a_refresh_token_ends_its_grant(db: Database, jwts: Jwts) -> None:
    issued = opened(db, jwts, added(db, "alice"))
    db.run_now(lambda tx: families.revoke(tx, drawn.draw(drawn.REFRESH), NOW))
    assert lets_in(db, jwts, issued.access)
    db.run_now(lambda tx: families.revoke(tx, issued.refresh, NOW))
    assert not lets_in(db, jwts, issued.access)
    assert renewed(db, jwts, issued.refresh) is None

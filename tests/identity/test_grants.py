"""The rules of devices, codes and ways to other providers, where time or two at once decide."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backroad.identity import actions, devices, foreign, foreign_store, oauth, store
from backroad.identity.foreign_model import ERRAND_LIFE, Claimed, Known
from backroad.identity.grants import CODE_LIFE, DEVICE_LIFE, Device, Issued
from backroad.identity.jwts import Jwts
from backroad.identity.model import Person
from backroad.identity.oauth import From, Refusal
from backroad.identity.openid import challenge_of
from backroad.identity.signing import SigningKeys
from backroad.kit.db import Database
from backroad.kit.errors import NotFound, Problem
from backroad.kit.migrate import migrate
from backroad.settings import Provider
from tests.databases import database_url

NOW = datetime(2027, 1, 4, 10, tzinfo=UTC)
JWTS = Jwts("https://learn.example.org", SigningKeys("s" * 32))
SENDER = From("test", "127.0.0.1")
SOMEBODY = Claimed("https://issuer.example.org", "1", "zoe@example.org", email="zoe@example.org", name="Zoe")
OIDC = Provider("oidc", "Example", "id", "secret", "https://issuer.example.org")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = Database(database_url(tmp_path / "backroad.db"))
    migrate(opened)
    yield opened
    opened.close()


@pytest.fixture
def alice(db: Database) -> Person:
    return db.run_now(lambda tx: actions.add(tx, email="alice@example.org", name="Alice", now=NOW, password="kept"))


def begun(db: Database, now: datetime = NOW) -> tuple[str, Device]:
    return db.run_now(lambda tx: devices.begin(tx, "backroad-cli", ("read",), now, agent="x", address="y"))


def asked(db: Database, now: datetime, **form: str) -> Issued | Refusal:
    return db.run_now(lambda tx: oauth.exchange(tx, JWTS, form, now, SENDER))


def polled(db: Database, word: str, now: datetime) -> str:
    found = asked(db, now, grant_type=oauth.DEVICE_GRANT, device_code=word, client_id="backroad-cli")
    return found.error if isinstance(found, Refusal) else "issued"


def test_a_device_waits_ten_minutes(db: Database, alice: Person) -> None:
    word, device = begun(db)
    late = NOW + DEVICE_LIFE
    assert polled(db, word, late) == "expired_token"
    with pytest.raises(NotFound):
        db.run_now(lambda tx: devices.decide(tx, alice, device.user_code, allow=True, now=late))
    begun(db, late + timedelta(hours=2))  # sweeps
    assert polled(db, word, late + timedelta(hours=2)) == "invalid_grant"


def test_who_asks_too_often_waits_longer(db: Database, alice: Person) -> None:
    word, device = begun(db)

    def after(seconds: float) -> str:
        return polled(db, word, NOW + timedelta(seconds=seconds))

    assert after(5) == "authorization_pending"
    assert after(9.6) == "authorization_pending"
    assert after(11) == "slow_down"
    assert after(20) == "slow_down"  # ten seconds by now
    assert after(36) == "authorization_pending"
    db.run_now(lambda tx: devices.decide(tx, alice, device.user_code, allow=True, now=NOW))
    assert after(52) == "issued"
    assert after(70) == "invalid_grant"


def test_one_device_code_gives_tokens_once(db: Database, alice: Person) -> None:
    word, device = begun(db)
    db.run_now(lambda tx: devices.decide(tx, alice, device.user_code, allow=True, now=NOW))
    ready = threading.Barrier(4)

    def poll() -> str:
        ready.wait()
        return polled(db, word, NOW)

    with ThreadPoolExecutor(4) as pool:
        got = [future.result() for future in [pool.submit(poll) for _ in range(4)]]
    assert sorted(got) == ["invalid_grant"] * 3 + ["issued"]


def test_a_person_who_was_shut_out_meanwhile_lets_nothing_in(db: Database, alice: Person) -> None:
    word, device = begun(db)
    db.run_now(lambda tx: devices.decide(tx, alice, device.user_code, allow=True, now=NOW))
    db.run_now(lambda tx: store.change_person(tx, alice.id, disabled_at=NOW))
    assert polled(db, word, NOW) == "access_denied"


@pytest.mark.parametrize("text", ["", "bcdf", "bcdf-ghjk-l", "AEIO-UAEI", "' OR 1=1 --", "\0" * 8, "B" * 10_000])
def test_what_is_no_code(db: Database, text: str) -> None:
    with pytest.raises(NotFound):
        db.run_now(lambda tx: devices.waiting(tx, text, NOW))


def test_codes_are_typed_in_many_ways(db: Database) -> None:
    _, device = begun(db)
    code = device.user_code
    for text in (code, code.lower(), devices.shown(code), f" {code[:4]} {code[4:]} ", "-".join(code)):
        assert db.run_now(lambda tx, text=text: devices.waiting(tx, text, NOW)).digest == device.digest


def coded(db: Database, person: Person, verifier: str = "v" * 43) -> str:
    wish = oauth.Wish(
        oauth.CLIENTS["backroad-app"], "http://127.0.0.1:4000/back", ("read",), "", challenge_of(verifier)
    )
    return db.run_now(lambda tx: oauth.allow(tx, person, wish, NOW))


def redeemed(db: Database, word: str, now: datetime, verifier: str = "v" * 43) -> Issued | Refusal:
    return asked(
        db,
        now,
        grant_type="authorization_code",
        code=word,
        client_id="backroad-app",
        redirect_uri="http://127.0.0.1:4000/back",
        code_verifier=verifier,
    )


def test_an_authorization_code_lives_two_minutes(db: Database, alice: Person) -> None:
    assert isinstance(redeemed(db, coded(db, alice), NOW + CODE_LIFE - timedelta(seconds=1)), Issued)
    assert isinstance(redeemed(db, coded(db, alice), NOW + CODE_LIFE), Refusal)


def test_an_authorization_code_that_comes_twice_ends_what_came_of_it(db: Database, alice: Person) -> None:
    word, ready = coded(db, alice), threading.Barrier(4)

    def redeem() -> Issued | Refusal:
        ready.wait()
        return redeemed(db, word, NOW)

    with ThreadPoolExecutor(4) as pool:
        got = [future.result() for future in [pool.submit(redeem) for _ in range(4)]]
    issued = [one for one in got if isinstance(one, Issued)]
    assert len(issued) == 1
    assert db.run_now(lambda tx: JWTS.access_of(tx, issued[0].access, NOW)) is None


def test_the_challenge_of_rfc_7636() -> None:
    """Its appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert oauth.is_verified("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", verifier)
    assert not oauth.is_verified("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN", verifier)


def arrived(db: Database, claimed: Claimed, now: datetime = NOW, **how: object) -> Person | Known:
    word, errand = db.run_now(lambda tx: foreign.begin(tx, OIDC, "/", now, may_join=True, **how))  # type: ignore[arg-type]
    taken = db.run_now(lambda tx: foreign.take(tx, word, "oidc", errand.state, now))
    assert taken == errand
    return db.run_now(lambda tx: foreign.arrive(tx, errand, claimed, str(how.get("person", "")), now, ""))


def test_a_way_takes_ten_minutes_at_most(db: Database) -> None:
    word, errand = db.run_now(lambda tx: foreign.begin(tx, OIDC, "/", NOW))
    assert db.run_now(lambda tx: foreign.take(tx, word, "oidc", errand.state, NOW + ERRAND_LIFE)) is None


def test_an_answer_of_another_provider_uses_up_the_way(db: Database) -> None:
    word, errand = db.run_now(lambda tx: foreign.begin(tx, OIDC, "/", NOW))
    for provider in ("google", "oidc"):
        assert db.run_now(lambda tx, name=provider: foreign.take(tx, word, name, errand.state, NOW)) is None


def test_the_same_subject_of_another_issuer_is_somebody_else(db: Database) -> None:
    one = arrived(db, SOMEBODY)
    other = arrived(db, Claimed("https://other.example.org", "1", "other", name="Other"))
    assert isinstance(one, Person)
    assert isinstance(other, Person)
    assert one.id != other.id


@pytest.mark.parametrize(
    ("claimed", "name"),
    [
        (Claimed("i", "1", "label@example.org", name="  Ada \x00 Lovelace\n"), "Ada Lovelace"),
        (Claimed("i", "2", "label@example.org", name="\u202e"), "label"),
        (Claimed("i", "3", "", name=""), "New learner"),
        (Claimed("i", "4", "x", name="n" * 300), "n" * 80),
        (Claimed("i", "5", "x", name="x", email="no email"), "x"),
    ],
)
def test_names_and_emails_from_elsewhere_are_judged(db: Database, claimed: Claimed, name: str) -> None:
    person = arrived(db, claimed)
    assert isinstance(person, Person)
    assert (person.name, person.email) == (name, "")


def test_of_two_last_ways_in_one_stays(db: Database) -> None:
    person = arrived(db, SOMEBODY)
    assert isinstance(person, Person)
    second = Claimed(SOMEBODY.issuer, "2", "second")
    assert arrived(db, second, person=person.id) == person
    ready = threading.Barrier(2)

    def unlink(subject: str) -> bool:
        ready.wait()
        try:
            db.run_now(lambda tx: foreign.unlink(tx, person, SOMEBODY.issuer, subject, NOW, (SOMEBODY.issuer,)))
        except Problem:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = [future.result() for future in [pool.submit(unlink, subject) for subject in ("1", "2")]]
    assert sorted(done) == [False, True]
    assert len(db.run_now(lambda tx: foreign_store.of_person(tx, person.id))) == 1


def test_a_way_that_is_set_no_more_is_no_way_in(db: Database) -> None:
    """Of two linked accounts, the provider of one is not set on this server any more."""
    person = arrived(db, SOMEBODY)
    assert isinstance(person, Person)
    arrived(db, Claimed("https://gone.example.org", "9", "gone"), person=person.id)
    with pytest.raises(Problem, match="last way"):
        db.run_now(lambda tx: foreign.unlink(tx, person, SOMEBODY.issuer, "1", NOW, (SOMEBODY.issuer,)))
    db.run_now(lambda tx: foreign.unlink(tx, person, "https://gone.example.org", "9", NOW, (SOMEBODY.issuer,)))


def test_an_account_goes_with_all_of_it(db: Database, alice: Person) -> None:
    arrived(db, SOMEBODY, person=alice.id)
    word, device = begun(db)
    db.run_now(lambda tx: devices.decide(tx, alice, device.user_code, allow=True, now=NOW))
    assert polled(db, word, NOW) == "issued"
    db.run_now(lambda tx: store.remove_person(tx, alice.id))
    assert db.run_now(lambda tx: foreign_store.linked(tx, SOMEBODY.issuer, SOMEBODY.subject)) is None

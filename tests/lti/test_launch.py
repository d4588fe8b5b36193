"""Launches over sockets, honest and not: who comes in, as whom, and who does not."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from joserfc import jws
from joserfc.jwk import RSAKey
from sqlalchemy import select, update

from backroad.identity import foreign_store, store
from backroad.identity.model import Person
from backroad.lti import platforms
from backroad.lti import store as lti_store
from tests.lti.browser import Browser, Form
from tests.lti.platform import CLAIM, CLIENT, Platform, Tamper
from tests.server_mode import Hosted

pytestmark = pytest.mark.slow


def person_of(tool: Hosted, platform: Platform, subject: str = "u-ada") -> Person | None:
    def look(tx: Any) -> Person | None:
        linked = foreign_store.linked(tx, f"lti:{platform.url}", subject)
        return store.person(tx, linked.person) if linked else None

    return tool.db.run_now(look)


def test_a_launch_brings_somebody_in_as_the_same_person_each_time(tool: Hosted, platform: Platform) -> None:
    alice = tool.add("alice") if tool.db.run_now(lambda tx: store.by_email(tx, "alice@example.org")) is None else None
    platform.custom = {"backroad": "lab:shortener"}
    browser = Browser(tool)
    assert not browser.is_in()
    answer = browser.launch(platform)
    assert (answer.status_code, answer.headers["location"]) == (303, "/labs/shortener"), answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert browser.is_in()
    first = person_of(tool, platform)
    assert first
    assert (first.name, first.role, first.email) == ("Ada Lovelace", "learner", "")
    assert alice is None or first.id != alice.id, "an email that a platform tells is nobody's"
    other = Browser(tool)
    other.launch(platform)
    assert person_of(tool, platform) == first
    teacher = Browser(tool)
    teacher.launch(platform, "u-tom")
    tom = person_of(tool, platform, "u-tom")
    assert tom
    assert (tom.id != first.id, tom.role) == (True, "learner"), "what somebody is over there, they are not here"


def test_what_a_link_opens(tool: Hosted, platform: Platform) -> None:
    opened = {"skill:sql.joins": "/skills/sql.joins", "road:canonical": "/roads/canonical", "": "/"}
    for name, path in opened.items():
        platform.custom = {"backroad": name} if name else {}
        browser = Browser(tool)
        answer = browser.launch(platform)
        assert answer.headers["location"] == path
        assert browser.client.get(path, headers={"accept": "text/html"}, follow_redirects=True).status_code == 200
    for name in ("lab:nope", "skill:no.pe", "road:nope", "nonsense", "lab:../x"):
        platform.custom = {"backroad": name}
        browser = Browser(tool)
        answer = browser.launch(platform)
        assert answer.status_code in (400, 404)
        assert not browser.is_in()


def test_the_platforms_keys_are_not_fetched_each_time(tool: Hosted, platform: Platform) -> None:
    for _ in range(3):
        assert Browser(tool).launch(platform).status_code == 303
    assert platform.key_fetches == 1
    platform.tamper = lambda header, claims: header.update(kid="invented")
    for _ in range(5):
        assert Browser(tool).launch(platform).status_code == 401
    assert platform.key_fetches == 1, "invented key ids make nobody ask again and again"


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


OTHER = RSAKey.generate_key(2048)


def set_claims(**changes: Any) -> Tamper:
    def tamper(header: dict[str, Any], claims: dict[str, Any]) -> None:
        for name, value in changes.items():
            if value is None:
                claims.pop(name, None)
            else:
                claims[name] = value

    return tamper


def set_lti(name: str, value: Any) -> Tamper:
    return set_claims(**{f"{CLAIM}{name}": value})


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return f"{encoded({**header, 'alg': 'none'})}.{encoded(claims)}."


def by_another_key(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return jws.serialize_compact(header, json.dumps(claims), OTHER)


def key_in_the_header(header: dict[str, Any], claims: dict[str, Any]) -> str:
    whole = {**header, "jwk": OTHER.as_dict(private=False)}
    return jws.serialize_compact(whole, json.dumps(claims), OTHER)


def by_a_secret(header: dict[str, Any], claims: dict[str, Any]) -> str:
    signed = f"{encoded({**header, 'alg': 'HS256'})}.{encoded(claims)}"
    mac = hmac.new(OTHER.as_pem(private=False), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


NOON = 1_799_056_800
"""2027-01-04T10:00:00Z, the tool's time."""
ATTACKS: dict[str, tuple[Tamper, str]] = {
    "alg none": (unsigned, "(alg)"),
    "another key under the same kid": (by_another_key, "signature does not fit"),
    "a key of its own in the header": (key_in_the_header, "signature does not fit"),
    "HS256": (by_a_secret, "(alg)"),
    "no kid": (lambda header, claims: header.pop("kid") and None, "(kid)"),
    "kid is no text": (lambda header, claims: header.update(kid="unknown"), "(kid)"),
    "another issuer": (set_claims(iss="https://elsewhere.example"), "(iss)"),
    "no issuer": (set_claims(iss=None), "(iss)"),
    "another audience": (set_claims(aud="tool-8"), "(aud)"),
    "no audience": (set_claims(aud=None), "(aud)"),
    "several audiences without azp": (set_claims(aud=[CLIENT, "tool-8"]), "(azp)"),
    "azp of another": (set_claims(aud=[CLIENT, "tool-8"], azp="tool-8"), "(azp)"),
    "expired": (set_claims(exp=NOON - 61), "(exp)"),
    "no exp": (set_claims(exp=None), "(exp)"),
    "exp is no number": (set_claims(exp="tomorrow"), "(exp)"),
    "exp is true": (set_claims(exp=True), "(exp)"),
    "from the future": (set_claims(iat=NOON + 120), "(iat)"),
    "old, and valid for years": (set_claims(iat=NOON - 90_000, exp=NOON + 10**8), "(iat)"),
    "another nonce": (set_claims(nonce="x" * 43), "(nonce)"),
    "no nonce": (set_claims(nonce=None), "(nonce)"),
    "no subject": (set_claims(sub=None), "(sub)"),
    "an endless subject": (set_claims(sub="x" * 300), "(sub)"),
    "another deployment": (set_lti("deployment_id", "2"), "(deployment_id)"),
    "no deployment": (set_lti("deployment_id", None), "(deployment_id)"),
    "deployment is no text": (set_lti("deployment_id", 1), "(deployment_id)"),
    "another version": (set_lti("version", "1.1"), "(version)"),
    "another message": (set_lti("message_type", "LtiSubmissionReviewRequest"), "(message_type)"),
    "no message": (set_lti("message_type", None), "(message_type)"),
    "no link": (set_lti("resource_link", None), "(resource_link)"),
    "link is no object": (set_lti("resource_link", "x"), "(resource_link)"),
    "no token": (lambda header, claims: "x", "cannot be read"),
    "a huge token": (lambda header, claims: f"{encoded(header)}.{encoded({'x': 'y' * 400_000})}.x", "cannot be read"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_forged_launch_is_refused_in_words(name: str, tool: Hosted, platform: Platform) -> None:
    platform.tamper, said = ATTACKS[name]
    browser = Browser(tool)
    answer = browser.launch(platform)
    assert answer.status_code == 401
    assert said in answer.text.replace("&#x27;", "'")
    assert not browser.is_in()
    assert person_of(tool, platform) is None


SOUND: dict[str, Tamper] = {
    "two audiences with azp": set_claims(aud=[CLIENT, "tool-8"], azp=CLIENT),
    "clocks a little apart": set_claims(iat=NOON + 30, exp=NOON + 330),
    "just over": set_claims(exp=NOON - 30),
    "no name": set_claims(name=None),
    "a hostile name": set_claims(name="<b>\u202e\n" + "x" * 150),
    "roles are no list": set_lti("roles", "x"),
    "custom is no object": set_lti("custom", []),
}


@pytest.mark.parametrize("name", SOUND)
def test_what_is_unusual_and_sound_is_taken(name: str, tool: Hosted, platform: Platform) -> None:
    platform.tamper = SOUND[name]
    answer = Browser(tool).launch(platform)
    assert answer.status_code == 303, answer.text


def test_a_launch_counts_once_and_for_the_browser_that_began_it(tool: Hosted, platform: Platform) -> None:
    browser, thief = Browser(tool), Browser(tool)
    form = browser.form(platform)
    thief.form(platform)  # so that it has a cookie of its own
    stolen = thief.post(platform, form)
    assert (stolen.status_code, "another browser" in stolen.text) == (401, True)
    assert not thief.is_in()
    assert browser.post(platform, form).status_code == 303, "which does not spoil it for its owner"
    again = browser.post(platform, form)
    assert (again.status_code, "(state)" in again.text) == (401, True)
    fresh = browser.form(platform)
    replayed = browser.post(platform, Form(fresh.action, {**fresh.fields, "id_token": form.fields["id_token"]}))
    assert (replayed.status_code, "(nonce)" in replayed.text) == (401, True)
    without = browser.post(platform, Form(fresh.action, {"id_token": fresh.fields["id_token"]}))
    assert (without.status_code, "(state)" in without.text) == (401, True)


def test_a_browser_that_kept_the_cookie_back_is_asked_once(tool: Hosted, platform: Platform) -> None:
    """As with SameSite=Lax, when the form comes from elsewhere."""
    browser = Browser(tool)
    form = browser.form(platform)
    kept = dict(browser.client.cookies)
    browser.client.cookies.clear()
    page = browser.post(platform, form)
    assert (page.status_code, "One more step" in page.text) == (200, True)
    own = {"origin": tool.url, "sec-fetch-site": "same-origin"}
    again = {**form.fields, "again": "yes"}
    refused = browser.client.post("/lti/launch", data=again, headers=own)
    assert (refused.status_code, "keeps no cookies" in refused.text) == (401, True)
    browser.client.cookies.update(kept)
    assert browser.client.post("/lti/launch", data=again, headers=own).status_code == 303
    assert browser.is_in()


def test_a_launch_ends_by_time(tool: Hosted, platform: Platform) -> None:
    browser = Browser(tool)
    form = browser.form(platform)
    old = update(lti_store.state_table).values(expires_at=tool.now - timedelta(seconds=1))
    tool.db.run_now(lambda tx: tx.execute(old))
    assert browser.post(platform, form).status_code == 401
    browser.form(platform)
    left = tool.db.run_now(lambda tx: tx.execute(select(lti_store.s.expires_at)).scalars().all())
    assert all(moment > tool.now for moment in left), "what is over is swept"


BEGINNINGS = {
    "an unknown platform": ({"iss": "https://elsewhere.example"}, "(iss, client_id)"),
    "an unknown client": ({"client_id": "tool-8"}, "(iss, client_id)"),
    "no issuer": ({"iss": ""}, "(iss, client_id)"),
    "another deployment": ({"lti_deployment_id": "2"}, "(lti_deployment_id)"),
    "nobody": ({"login_hint": ""}, "(login_hint)"),
    "another target": ({"target_link_uri": "https://evil.example/lti/launch"}, "(target_link_uri)"),
    "no target": ({"target_link_uri": ""}, "(target_link_uri)"),
    "a target that looks alike": ({"target_link_uri": "http://localhost@evil.example/"}, "(target_link_uri)"),
}


@pytest.mark.parametrize("name", BEGINNINGS)
def test_a_login_that_cannot_be_is_refused(name: str, tool: Hosted, platform: Platform) -> None:
    changes, said = BEGINNINGS[name]
    answer = Browser(tool).begin(platform, "u-ada", **changes)
    assert (answer.status_code, said in answer.text) == (401, True)


def test_a_platform_may_be_told_by_its_issuer_alone_and_may_say_no(tool: Hosted, platform: Platform) -> None:
    browser = Browser(tool)
    query = platform.login_form("u-ada", client_id="", lti_deployment_id="")
    assert browser.client.get("/lti/login", params=query).status_code == 303
    form = {"error": "login_required", "error_description": "<b>x</b>", "state": "x"}
    answer = browser.client.post("/lti/launch", data=form, headers=browser.from_platform(platform))
    assert (answer.status_code, "login_required" in answer.text, "<b>x" in answer.text) == (401, True, False)


def test_only_these_two_addresses_take_forms_from_elsewhere(tool: Hosted, platform: Platform) -> None:
    browser = Browser(tool)
    for path in ("/login", "/lti/choose", "/verify", "/lti/login/", "/lti/launch/x"):
        answer = browser.client.post(path, data={"a": "b"}, headers=browser.from_platform(platform))
        assert answer.status_code == 403, path


def test_a_closed_account_stays_closed_and_a_removed_platform_is_unknown(tool: Hosted, platform: Platform) -> None:
    assert Browser(tool).launch(platform).status_code == 303
    person = person_of(tool, platform)
    assert person
    tool.db.run_now(lambda tx: store.change_person(tx, person.id, disabled_at=tool.now))
    browser = Browser(tool)
    assert browser.launch(platform).status_code == 403
    assert not browser.is_in()
    form = browser.form(platform, "u-tom")
    known = tool.db.run_now(lambda tx: lti_store.of_issuer(tx, platform.url))[0]
    tool.db.run_now(lambda tx: platforms.remove(tx, known.id, tool.now))
    assert browser.post(platform, form).status_code == 401
    assert browser.begin(platform, "u-ada").status_code == 401


def test_a_platform_that_is_away_is_said(tool: Hosted, platform: Platform) -> None:
    browser = Browser(tool)
    form = browser.form(platform)
    known = tool.db.run_now(lambda tx: lti_store.of_issuer(tx, platform.url))[0]
    for address, said in {
        "http://127.0.0.1:1/jwks": "does not answer",
        f"{platform.url}/nowhere": "answers 404",
        f"{platform.url}/auth": "answers 400",
    }.items():
        moved = msgspec.structs.replace(known, jwks_url=address)
        tool.db.run_now(lambda tx, moved=moved: lti_store.change_platform(tx, moved))
        answer = browser.post(platform, form)
        assert (answer.status_code, said in answer.text) == (502, True), answer.text
    platform.faults.clear()

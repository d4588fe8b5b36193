"""Accounts elsewhere and accounts here: who may link them, and what is never linked by itself."""

import html
import re

import httpx2
import pytest

from backroad.identity import store
from backroad.kit import clock
from tests.identity.abroad import Browser, Provider, arrives_as
from tests.server_mode import PASSWORD, Hosted

pytestmark = pytest.mark.slow


def linked(client: httpx2.Client) -> list[dict[str, str]]:
    """The forms by which linked accounts are unlinked."""
    text = client.get("/security/elsewhere").text
    found = re.findall(r'name="issuer" value="([^"]+)"><input type="hidden" name="subject" value="([^"]+)"', text)
    return [{"issuer": html.unescape(issuer), "subject": html.unescape(subject)} for issuer, subject in found]


def test_the_same_email_is_not_the_same_person(university: Hosted, abroad: Provider) -> None:
    """An account is linked only by who can sign in to it."""
    bob = university.member("bobby")
    arrives_as(abroad, "Impostor", email="BOBBY@example.org")
    browser = Browser(university)
    answer = browser.sign_in()
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=/security/link")
    assert browser.me() is None
    assert "There is an account with this email here." in browser.client.get(answer.headers["location"]).text
    sent = {"email": "bobby@example.org", "password": PASSWORD, "next": "/security/link"}
    assert browser.client.post("/login", data=sent).headers["location"] == "/security/link"
    assert "bobby@example.org" in browser.client.get("/security/link").text
    assert browser.client.post("/security/link", data={"decision": "link"}).status_code == 303
    later = Browser(university)
    assert later.sign_in().status_code == 303
    me = later.me()
    assert me is not None
    assert me["id"] == bob.id


def test_a_waiting_link_is_this_browsers_alone_and_may_be_left(university: Hosted, abroad: Provider) -> None:
    university.member("berta")
    arrives_as(abroad, "Berta Elsewhere", email="berta@example.org")
    browser = Browser(university)
    browser.sign_in()
    other = university.sign_in("berta")
    assert other.get("/security/link").headers["location"] == "/security/elsewhere"
    assert other.post("/security/link", data={"decision": "link"}).status_code == 400
    browser.client.post("/login", data={"email": "berta@example.org", "password": PASSWORD, "next": "/"})
    assert browser.client.post("/security/link", data={"decision": "leave"}).headers["location"] == "/"
    assert "None." in browser.client.get("/security/elsewhere").text


def test_an_email_that_nobody_verified_is_not_taken(university: Hosted, abroad: Provider) -> None:
    university.member("vera")
    arrives_as(abroad, "Unsure", email="vera@example.org", verified=False)
    browser = Browser(university)
    assert browser.sign_in().headers["location"] == "/"
    me = browser.me()
    assert me is not None
    assert (me["email"], me["name"]) == ("", "Unsure")


def test_linking_and_unlinking(university: Hosted, abroad: Provider) -> None:
    lena = university.member("lena")
    arrives_as(abroad, "Lena There", email="other@example.test")
    begun = lena.client.post("/security/elsewhere/oidc")
    assert begun.status_code == 200
    address = re.search(r'<a href="([^"]+)">Go on</a>', begun.text)
    assert address
    browser = Browser(university, client=lena.client)
    back = browser.come_back(**browser.visit(html.unescape(address[1])))
    assert back.headers["location"] == "/security/elsewhere?linked"
    other = Browser(university)
    other.sign_in()
    me = other.me()
    assert me is not None
    assert me["id"] == lena.id
    (form,) = linked(lena.client)
    assert university.bob.client.post("/security/elsewhere/unlink", data=form).status_code == 404
    assert lena.client.post("/security/elsewhere/unlink", data=form).status_code == 303
    assert linked(lena.client) == []


def test_another_persons_account_there_is_not_linked_again(university: Hosted, abroad: Provider) -> None:
    arrives_as(abroad, "Owned")
    Browser(university).sign_in()
    mallory = university.member("mallory")
    begun = mallory.client.post("/security/elsewhere/oidc")
    address = re.search(r'<a href="([^"]+)">Go on</a>', begun.text)
    assert address
    browser = Browser(university, client=mallory.client)
    answer = browser.come_back(**browser.visit(html.unescape(address[1])))
    assert answer.status_code == 409
    assert linked(mallory.client) == []


def test_linking_is_for_who_began_it(university: Hosted, abroad: Provider) -> None:
    """The errand of one person, finished when another has signed in in that browser."""
    arrives_as(abroad, "Between")
    nina = university.member("nina")
    client = university.sign_in("nina")
    begun = client.post("/security/elsewhere/oidc")
    address = re.search(r'<a href="([^"]+)">Go on</a>', begun.text)
    assert address
    back = Browser(university).visit(html.unescape(address[1]))
    client.post("/logout")
    assert Browser(university, client=client).come_back(**back).status_code == 400
    assert linked(nina.client) == []


def test_no_address_from_elsewhere_begins_a_link(university: Hosted) -> None:
    client = university.alice.client
    assert client.get("/security/elsewhere/oidc").status_code == 405
    from_there = {"origin": "https://evil.example.org"}
    assert client.post("/security/elsewhere/oidc", headers=from_there).status_code == 403


def test_the_last_way_in_stays(university: Hosted, abroad: Provider) -> None:
    arrives_as(abroad, "Single")
    browser = Browser(university)
    browser.sign_in()
    (form,) = linked(browser.client)
    answer = browser.client.post("/security/elsewhere/unlink", data=form)
    assert answer.status_code == 409
    assert "This is the last way into your account." in answer.text
    new = "another sentence nobody says twice"
    assert browser.client.post("/security/password", data={"new": new}).status_code == 303
    assert browser.client.post("/security/elsewhere/unlink", data=form).status_code == 303


def test_a_closed_account_stays_closed(university: Hosted, abroad: Provider) -> None:
    arrives_as(abroad, "Closed")
    browser = Browser(university)
    browser.sign_in()
    me = browser.me()
    assert me is not None
    university.db.run_now(lambda tx: store.change_person(tx, me["id"], disabled_at=clock.now()))
    answer = Browser(university).sign_in()
    assert answer.status_code == 403
    assert "This account is closed." in answer.text

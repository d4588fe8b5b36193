"""Signing in with an OpenID provider, over sockets, with everything that may go wrong on the way."""

import html
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import pytest

from backroad.identity import audit
from backroad.kit import clock
from backroad.verifier.standins.tokens import Flaw
from tests.identity.abroad import Browser, Provider, arrives_as, provider, settings_for
from tests.server_mode import Hosted, hosting

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _well(abroad: Provider) -> Iterator[None]:
    yield
    abroad.run(lambda standin: standin.restore())


def is_refused(browser: Browser, answer: httpx2.Response) -> bool:
    return answer.status_code in (400, 409, 502) and browser.me() is None and "Traceback" not in answer.text


def test_the_sign_in_page_shows_the_way(university: Hosted) -> None:
    shown = html.unescape(university.client().get("/login?next=/plan").text)
    assert '<a class="button" href="/login/with/oidc?next=/plan">Sign in with Example University</a>' in shown


def test_a_first_sign_in_makes_an_account_and_the_second_finds_it(university: Hosted, abroad: Provider) -> None:
    arrives_as(abroad, "Zoe")
    browser = Browser(university)
    answer = browser.sign_in("/plan?week=2")
    assert (answer.status_code, answer.headers["location"]) == (303, "/plan?week=2")
    me = browser.me()
    assert me is not None
    assert (me["name"], me["email"], me["role"]) == ("Zoe", "zoe@example.test", "learner")
    again = Browser(university)
    arrives_as(abroad, "Zoe", email="zoe.new@example.test")  # known by issuer and subject, whatever the email
    assert again.sign_in().status_code == 303
    assert again.me() == me
    actions = [entry.action for entry in university.db.run_now(lambda tx: audit.newest(tx, 20, subject=me["id"]))]
    assert actions == ["session.opened", "session.opened", "identity.linked", "person.added"]


def test_what_backroad_asks_for(university: Hosted, abroad: Provider) -> None:
    address = Browser(university).leave()
    asked = parse_qs(urlsplit(address).query)
    assert asked["redirect_uri"] == [f"{university.url}/login/from/oidc"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    assert all(len(asked[name][0]) >= 43 for name in ("state", "nonce", "code_challenge"))
    other = parse_qs(urlsplit(Browser(university).leave()).query)
    assert all(asked[name] != other[name] for name in ("state", "nonce", "code_challenge"))


@pytest.mark.parametrize("flaw", get_args(Flaw))
def test_id_tokens_that_cannot_be_trusted(university: Hosted, abroad: Provider, flaw: Flaw) -> None:
    arrives_as(abroad, f"Victim-{flaw}")
    browser = Browser(university)
    abroad.run(lambda standin: standin.misbehave(flaw))
    answer = browser.sign_in()
    if flaw == "wrong_subject":
        # The ID token is signed and right but for whom it names: who the provider says that it is, is let in. Had
        # userinfo been asked, the difference would have been seen: the test below.
        assert browser.me() is not None
        return
    assert is_refused(browser, answer), answer.text
    assert "Example University could not tell us who you are." in answer.text


def test_another_state_and_none(university: Hosted, abroad: Provider) -> None:
    for change in ({"state": "x" * 43}, {"state": ""}, {"state": "é"}):
        browser = Browser(university)
        back = browser.visit(browser.leave())
        assert is_refused(browser, browser.come_back(**{**back, **change}))
        assert is_refused(browser, browser.come_back(**back))  # the errand is used up: the right state comes too late
    browser = Browser(university)
    back = browser.visit(browser.leave())
    assert is_refused(browser, browser.come_back(code=back["code"], iss=back["iss"]))
    browser = Browser(university)
    abroad.run(lambda standin: standin.swap_state())
    assert is_refused(browser, browser.sign_in())


def test_a_stranger_cannot_finish_what_another_began(university: Hosted, abroad: Provider) -> None:
    """Login CSRF: the attacker's own code in the victim's browser."""
    attacker, victim = Browser(university), Browser(university)
    back = attacker.visit(attacker.leave())
    assert is_refused(victim, victim.come_back(**back))
    victim.leave()
    assert is_refused(victim, victim.come_back(**back))


def test_the_same_answer_twice(university: Hosted, abroad: Provider) -> None:
    arrives_as(abroad, "Twice")
    browser = Browser(university)
    back = browser.visit(browser.leave())
    cookies = dict(browser.client.cookies)
    with ThreadPoolExecutor(2) as pool:
        clients = [university.client(cookies=cookies) for _ in range(2)]
        answers = list(pool.map(lambda one: Browser(university, client=one).come_back(**back).status_code, clients))
    assert sorted(answers) == [303, 400]


def test_a_code_of_another_errand(university: Hosted, abroad: Provider) -> None:
    """A stolen code in an errand of one's own: the verifier does not fit, nor would the nonce."""
    arrives_as(abroad, "Stolen")
    victim, thief = Browser(university), Browser(university)
    stolen = victim.visit(victim.leave())
    own = thief.visit(thief.leave())
    assert is_refused(thief, thief.come_back(**{**own, "code": stolen["code"]}))


def test_a_mixed_up_issuer(university: Hosted, abroad: Provider) -> None:
    for wrong in ({"iss": "https://evil.example.org"}, {"iss": ""}):
        browser = Browser(university)
        back = browser.visit(browser.leave())
        assert is_refused(browser, browser.come_back(**{**back, **wrong}))
    browser = Browser(university)
    back = browser.visit(browser.leave())
    del back["iss"]  # this provider promised to name itself
    assert is_refused(browser, browser.come_back(**back))


def test_parameters_that_come_twice(university: Hosted, abroad: Provider) -> None:
    browser = Browser(university)
    back = browser.visit(browser.leave())
    query = "&".join(f"{name}={value}" for name, value in [*back.items(), ("code", "other")])
    assert is_refused(browser, browser.client.get(f"/login/from/oidc?{query}"))


def test_the_person_says_no_there(university: Hosted, abroad: Provider) -> None:
    abroad.run(lambda standin: setattr(standin, "refuse_with", "access_denied"))
    browser = Browser(university)
    answer = browser.sign_in("/plan")
    assert is_refused(browser, answer)
    assert "You did not let Example University tell us who you are." in answer.text
    abroad.run(lambda standin: setattr(standin, "refuse_with", "<script>"))
    answer = Browser(university).sign_in()
    assert "<script>" not in answer.text.replace('<script src="/static', "")


@pytest.mark.parametrize("next_", ["https://evil.example.org/", "//evil.example.org", "/\\evil.example.org", "x"])
def test_the_way_on_stays_here(university: Hosted, abroad: Provider, next_: str) -> None:
    arrives_as(abroad, "Zoe")
    assert Browser(university).sign_in(next_).headers["location"] == "/"


def test_a_provider_that_is_down_slow_or_wrong(abroad: Provider, tmp_path: Path) -> None:
    """On a fresh server, which has kept nothing of the provider."""
    with hosting(tmp_path, now="", **settings_for(abroad)) as server:
        abroad.standin.redirect_uris = []
        begin = Browser(server).client
        for trouble in ("down", "garbage", "html", "shape", "empty", "lost", "truncated"):
            if trouble == "down":
                abroad.run(lambda standin: standin.down())
            else:
                abroad.run(lambda standin, how=trouble: standin.wrong(how, path="openid-configuration"))
            answer = begin.get("/login/with/oidc")
            assert answer.status_code == 502, trouble
            assert "could not tell us who you are" in answer.text
            abroad.run(lambda standin: standin.restore())
        for trouble in ("error", "garbage", "shape", "lost"):
            browser = Browser(server)
            back = browser.visit(browser.leave())
            abroad.run(lambda standin, how=trouble: standin.wrong(how, path="token"))
            assert is_refused(browser, browser.come_back(**back)), trouble
            abroad.run(lambda standin: standin.restore())
        browser = Browser(server)
        back = browser.visit(browser.leave())
        abroad.run(lambda standin: standin.wrong("silent", path="token"))
        before = clock.now()
        assert is_refused(browser, browser.come_back(**back))
        assert (clock.now() - before).total_seconds() < 12
        assert server.client().get("/livez").status_code == 200
        abroad.run(lambda standin: standin.restore())
        arrives_as(abroad, "Patience")
        assert Browser(server).sign_in().status_code == 303


def test_new_keys_are_looked_for(tmp_path: Path) -> None:
    with provider() as other, hosting(tmp_path, now="", **settings_for(other)) as server:
        other.standin.redirect_uris = [f"{server.url}/login/from/oidc"]
        arrives_as(other, "Zoe")
        assert Browser(server).sign_in().status_code == 303
        other.run(lambda standin: standin.rotate_keys(keep_old=False))
        assert Browser(server).sign_in().status_code == 303


def test_an_invited_server_makes_no_accounts_for_strangers(abroad: Provider, tmp_path: Path) -> None:
    with hosting(tmp_path, now="", signup="invited", **settings_for(abroad)) as server:
        abroad.standin.redirect_uris = []
        arrives_as(abroad, "Stranger")
        browser = Browser(server)
        answer = browser.sign_in()
        assert answer.status_code == 403
        assert "Accounts here are made by invitation." in answer.text
        assert browser.me() is None
        assert browser.client.get("/login/with/github").status_code == 404
        assert Browser(server).sign_in(**{"pass": "made-up"}).status_code == 403


def test_redirects_elsewhere_are_refused_by_the_provider(university: Hosted, abroad: Provider) -> None:
    """Ours is sent letter by letter; a provider that knows it takes no other."""
    address = Browser(university).leave()
    changed = dict(parse_qsl(urlsplit(address).query)) | {"redirect_uri": "https://evil.example.org/login/from/oidc"}
    answer = httpx2.get(address.partition("?")[0], params=changed)
    assert answer.status_code == 400

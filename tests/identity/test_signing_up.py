"""Signing up, confirming an address, changing it, and invitations."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from backroad.identity import signing_up, store
from backroad.settings import Settings
from tests.server_mode import PASSWORD, SECRET_KEY, Hosted, hosting

pytestmark = pytest.mark.slow
NEXT_DAY = "2027-01-05T10:01:00+00:00"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    with hosting(tmp_path_factory.mktemp("signing-up")) as server:
        yield server


def sign_up(server: Hosted, email: str, password: str = PASSWORD, **more: str) -> httpx2.Response:
    data = {"email": email, "name": "Somebody", "password": password, **more}
    return server.client().post("/sign-up", data=data)


def token_of(link: str) -> str:
    return parse_qs(urlsplit(link).query)["token"][0]


def test_from_the_form_to_a_confirmed_account(own: Hosted) -> None:
    assert sign_up(own, "new@example.org").status_code == 200
    client = own.sign_in("new")
    assert client.get("/api/v1/account").json()["verified_at"] is None
    assert "not confirmed" in client.get("/security").text
    link = own.link("new@example.org", "/confirm?")
    page = own.client().get(link)
    assert page.status_code == 200
    assert "This is my address" in page.text
    assert client.get("/api/v1/account").json()["verified_at"] is None, "looking at the page confirms nothing"
    token = token_of(link)
    assert own.client().post("/confirm", data={"token": token}).status_code == 200
    assert client.get("/api/v1/account").json()["verified_at"] is not None
    assert own.client().post("/confirm", data={"token": token}).status_code == 410, "once"
    assert "not confirmed" not in client.get("/security").text


def test_a_known_address_is_answered_alike_and_told_by_mail(own: Hosted) -> None:
    own.add("taken")
    known, unknown = sign_up(own, "taken@example.org"), sign_up(own, "fresh@example.org")
    assert known.status_code == unknown.status_code == 200
    assert known.text.replace("taken@", "X@") == unknown.text.replace("fresh@", "X@")
    assert {*known.headers} == {*unknown.headers}
    assert own.mail("taken@example.org", "You already have an account")
    assert len(own.mails("taken@example.org")) == 1
    assert own.sign_in("taken"), "the password is what it was"


def test_letters_hold_no_word_of_strangers(own: Hosted) -> None:
    sign_up(own, "victim@example.org", name="Win at https://evil.example")
    (mail,) = own.mails_when("victim@example.org", 1)
    assert "evil" not in mail.as_string()


def test_two_at_once_are_one_account(own: Hosted) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: sign_up(own, "twice@example.org").status_code, range(4)))
    assert answers == [200] * 4
    assert len(own.db.run_now(lambda tx: store.people(tx, 10, words="twice@"))) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"email": "nobody"}, "not an email"),
        ({"email": "a@b\nBcc: c@d"}, "not an email"),
        ({"password": "short"}, "12 to 256"),
        ({"password": "password1234"}, "first that are guessed"),
        ({"password": "wrong@example.org"}, "first that are guessed"),
        ({"name": " "}, "A name has"),
        ({"name": "x" * 81}, "A name has"),
        ({"name": "a\0b"}, "A name has"),
    ],
)
def test_mistakes_are_told_and_what_was_typed_stays(own: Hosted, change: dict[str, str], said: str) -> None:
    data = {"email": "wrong@example.org", "name": "Some Body", "password": PASSWORD, **change}
    answer = own.client().post("/sign-up", data=data)
    assert answer.status_code == 400
    assert said in answer.text
    if "name" not in change:
        assert 'value="Some Body"' in answer.text
    assert PASSWORD not in answer.text


def test_the_letter_comes_again_but_not_for_ever(own: Hosted) -> None:
    sign_up(own, "again@example.org")
    client = own.sign_in("again")
    for _ in range(7):
        assert client.post("/confirm/again").status_code == 303
    assert len(own.mails_when("again@example.org", 5)) == 5
    assert client.post("/confirm/again").headers["location"] == "/security?not-sent"
    first = own.mails("again@example.org")[0].get_content()
    token = first.split("token=")[1].split()[0]
    assert own.client().post("/confirm", data={"token": token}).status_code == 200, "earlier letters stay good"


def test_a_letter_is_good_for_a_day(tmp_path: Path) -> None:
    with hosting(tmp_path) as server:
        sign_up(server, "late@example.org")
        token = token_of(server.link("late@example.org"))
    with hosting(tmp_path, now=NEXT_DAY) as server:
        assert server.client().post("/confirm", data={"token": token}).status_code == 410


def test_only_a_fingerprint_of_the_link_is_kept(own: Hosted) -> None:
    sign_up(own, "kept@example.org")
    token = token_of(own.link("kept@example.org"))
    with own.db.engine.connect() as tx:
        dump = "\n".join(tx.connection.iterdump())  # type: ignore[attr-defined]
    assert token not in dump
    assert PASSWORD not in dump


def test_a_new_address_counts_when_it_is_confirmed(own: Hosted) -> None:
    own.add("mover")
    client = own.sign_in("mover")
    assert client.post("/security/email", data={"email": "moved@example.org"}).headers["location"] == "/security?asked"
    assert client.get("/api/v1/account").json()["email"] == "mover@example.org"
    assert own.mail("mover@example.org", "Your email address is about to change")
    token = token_of(own.link("moved@example.org", "/confirm/new"))
    assert own.client().post("/confirm", data={"token": token}).status_code == 410, "for its own purpose alone"
    assert own.client().post("/confirm/new", data={"token": token}).status_code == 200
    assert client.get("/api/v1/account").json()["email"] == "moved@example.org"
    assert own.mail("mover@example.org", "Your email address was changed")


def test_a_new_address_that_is_taken_is_not_told_here(own: Hosted) -> None:
    own.add("owner")
    own.add("curious")
    client = own.sign_in("curious")
    answer = client.post("/security/email", data={"email": "owner@example.org"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/security?asked")
    assert own.mail("owner@example.org", "You already have an account")


def test_an_address_that_became_taken_stays_with_whoever_was_first(own: Hosted) -> None:
    own.add("slow")
    client = own.sign_in("slow")
    client.post("/security/email", data={"email": "wanted@example.org"})
    token = token_of(own.link("wanted@example.org", "/confirm/new"))
    own.add("wanted")
    assert own.client().post("/confirm/new", data={"token": token}).status_code == 410
    assert client.get("/api/v1/account").json()["email"] == "slow@example.org"


def test_by_invitation_only(tmp_path: Path) -> None:
    with hosting(tmp_path, signup="invited") as server:
        assert server.client().get("/sign-up").status_code == 403
        assert sign_up(server, "a@example.org").status_code == 403
        assert "sign-up" not in server.client().get("/login").text
        chosen = Settings(tmp_path, secret_key=SECRET_KEY, signup="invited")
        given = signing_up.write_pass(chosen, "cohort", server.now)
        assert server.client().get("/sign-up", params={"pass": given}).status_code == 200
        assert sign_up(server, "b@example.org", **{"pass": given}).status_code == 200
        assert sign_up(server, "c@example.org", **{"pass": given[:-2] + "AA"}).status_code == 403
        assert server.mails_when("b@example.org", 1)
        assert {mail["To"] for mail in server.mails()} == {"b@example.org"}


def test_an_invited_person_chooses_a_password_and_is_in(own: Hosted) -> None:
    dana = own.dana.client
    asked = {"email": "guest@example.org", "role": "instructor"}
    assert dana.post("/admin/people", data=asked).headers["location"] == "/admin/people?sent"
    link = own.link("guest@example.org", "/invitation")
    client = own.client()
    assert "guest@example.org" in client.get(link).text
    token = token_of(link)
    weak = client.post("/invitation", data={"token": token, "name": "Guest", "password": "weak"})
    assert weak.status_code == 400
    answer = client.post("/invitation", data={"token": token, "name": "Guest", "password": PASSWORD})
    assert answer.status_code == 303
    account = client.get("/api/v1/account").json()
    assert (account["role"], account["name"]) == ("instructor", "Guest")
    assert account["verified_at"]
    assert own.client().get(link).status_code == 410
    again = dana.post("/admin/people", data=asked)
    assert again.status_code == 409

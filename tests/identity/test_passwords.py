"""A new password: by its owner, and for who has forgotten the old one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backroad.identity import passwords
from backroad.kit.errors import Problem
from tests.identity.test_signing_up import token_of
from tests.server_mode import PASSWORD, Hosted, hosting

NEW = "another sentence, said once"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    with hosting(tmp_path_factory.mktemp("passwords")) as server:
        yield server


@pytest.mark.slow
def test_a_forgotten_password(own: Hosted) -> None:
    own.add("forgot")
    before = own.sign_in("forgot")
    stranger = own.client()
    assert stranger.post("/reset", data={"email": "forgot@example.org"}).status_code == 200
    link = own.link("forgot@example.org", "/reset/password")
    assert "forgot@example.org" in stranger.get(link).text
    token = token_of(link)
    assert stranger.post("/reset/password", data={"token": token, "password": "weak"}).status_code == 400
    done = stranger.post("/reset/password", data={"token": token, "password": NEW})
    assert done.headers["location"] == "/login?password"
    assert stranger.post("/reset/password", data={"token": token, "password": NEW}).status_code == 410, "once"
    assert before.get("/api/v1/account").status_code == 401, "every session has ended"
    refused = stranger.post("/login", data={"email": "forgot@example.org", "password": PASSWORD})
    assert refused.status_code == 401
    assert own.sign_in("forgot", NEW)
    assert own.mail("forgot@example.org", "Your password was changed")


@pytest.mark.slow
def test_a_reset_does_not_say_whether_an_address_is_known(own: Hosted) -> None:
    own.add("present")
    answers = [own.client().post("/reset", data={"email": f"{who}@example.org"}) for who in ("present", "absent")]
    assert answers[0].status_code == answers[1].status_code == 200
    assert answers[0].text.replace("present", "X") == answers[1].text.replace("absent", "X")
    assert own.mails("absent@example.org") == []


@pytest.mark.slow
def test_others_cannot_spoil_the_links_of_the_owner(own: Hosted) -> None:
    """Whoever asks for links again and again fills no mailbox, and the first link stays good."""
    own.add("flooded")
    for _ in range(8):
        own.client().post("/reset", data={"email": "flooded@example.org"})
    mails = own.mails_when("flooded@example.org", 5)
    own.add("after")
    own.client().post("/reset", data={"email": "after@example.org"})
    own.mails_when("after@example.org", 1)
    assert len(own.mails("flooded@example.org")) == 5
    token = mails[0].get_content().split("token=")[1].split()[0]
    assert own.client().post("/reset/password", data={"token": token, "password": NEW}).status_code == 303


@pytest.mark.slow
def test_a_link_is_good_for_an_hour(tmp_path: Path) -> None:
    with hosting(tmp_path) as server:
        server.add("late")
        server.client().post("/reset", data={"email": "late@example.org"})
        token = token_of(server.link("late@example.org", "/reset"))
    with hosting(tmp_path, now="2027-01-04T11:00:30+00:00") as server:
        assert server.client().get("/reset/password", params={"token": token}).status_code == 410
        assert server.client().post("/reset/password", data={"token": token, "password": NEW}).status_code == 410


@pytest.mark.slow
def test_who_squatted_an_address_is_out_when_its_owner_comes(own: Hosted) -> None:
    """Somebody signs up with an address that is not theirs, and waits (pre-hijacking)."""
    data = {"email": "squatted@example.org", "name": "Squatter", "password": "the squatter's own words"}
    own.client().post("/sign-up", data=data)
    squatter = own.sign_in("squatted", data["password"])
    begun = squatter.post("/api/v1/account/second-step").json()
    import pyotp

    code = pyotp.TOTP(begun["secret"]).at(own.now)
    assert (
        squatter.put("/api/v1/account/second-step", json={"sealed": begun["sealed"], "code": code}).status_code == 200
    )
    own.client().post("/reset", data={"email": "squatted@example.org"})
    token = token_of(own.link("squatted@example.org", "/reset/password"))
    own.client().post("/reset/password", data={"token": token, "password": NEW})
    owner = own.sign_in("squatted", NEW)
    account = owner.get("/api/v1/account").json()
    assert account["verified_at"]
    assert not account["has_second_step"]
    assert squatter.get("/api/v1/account").status_code == 401


@pytest.mark.slow
def test_changing_it_asks_for_the_old_one_and_ends_other_sessions(own: Hosted) -> None:
    own.add("changer")
    here, elsewhere = own.sign_in("changer"), own.sign_in("changer")
    wrong = here.post("/security/password", data={"old": "not it", "new": NEW})
    assert wrong.status_code == 403
    assert "not your password" in wrong.text
    assert here.post("/security/password", data={"old": PASSWORD, "new": "weak"}).status_code == 400
    done = here.post("/security/password", data={"old": PASSWORD, "new": NEW})
    assert done.headers["location"] == "/security?password"
    assert here.get("/api/v1/account").status_code == 200
    assert elsewhere.get("/api/v1/account").status_code == 401
    assert own.sign_in("changer", NEW)
    rest = here.put("/api/v1/account/password", json={"old": NEW, "new": PASSWORD})
    assert rest.status_code == 204, rest.text


@pytest.mark.parametrize(
    "password", ["short", "x" * 257, "aaaaaaaaaaaa", "password1234", "alice@example.org", "a\0" * 9]
)
def test_weak_ones_are_refused(password: str) -> None:
    with pytest.raises(Problem):
        passwords.check_strength(password, "alice@example.org", "Alice")


def test_what_is_kept_is_argon2id_and_no_account_takes_as_long() -> None:
    kept = passwords.hashed(PASSWORD)
    assert kept.startswith("$argon2id$")
    assert passwords.matches(kept, PASSWORD)
    assert not passwords.matches(kept, PASSWORD + " ")
    assert not passwords.matches("", "nobody has this password"), "the stand-in lets nobody in"

"""Coming in and going out, over real sockets."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from tests.server_mode import PASSWORD, Hosted, hosting

pytestmark = pytest.mark.slow
LATER = "2027-01-04T10:16:00+00:00"
NEXT_MONTH = "2027-02-05T10:00:00+00:00"


def log_in(client: httpx2.Client, email: str, password: str = PASSWORD, to: str = "/") -> httpx2.Response:
    return client.post("/login", data={"email": email, "password": password, "next": to})


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    """A server of this module's own: its limits are used up."""
    with hosting(tmp_path_factory.mktemp("signing-in")) as server:
        yield server


def test_everybody_sees_their_own(hosted: Hosted) -> None:
    for member in (hosted.alice, hosted.bob, hosted.carol, hosted.dana):
        assert member.client.get("/api/v1/learner").json()["id"] == member.id
        assert member.client.get("/api/v1/account").json()["email"] == member.person.email


def test_nobody_comes_in_without(hosted: Hosted) -> None:
    stranger = hosted.client()
    for path in ("/", "/settings", "/security", "/admin/people", "/export"):
        answer = stranger.get(path)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login")
    for path in ("account", "account/sessions", "people", "audit", "learner"):
        answer = stranger.get(f"/api/v1/{path}")
        assert answer.status_code == 401
        assert "Bearer" in answer.headers["www-authenticate"]


def test_the_cookie_cannot_be_read_by_scripts(hosted: Hosted) -> None:
    hosted.add("cookie")
    set_cookie = log_in(hosted.client(), "cookie@example.org").headers.get_list("set-cookie")
    session = next(line for line in set_cookie if line.startswith("backroad="))
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    assert "Path=/" in session


def test_wrong_password_and_unknown_email_look_the_same(own: Hosted) -> None:
    own.add("known")
    answers = [log_in(own.client(), f"{who}@example.org", "wrong password") for who in ("known", "unknown")]
    assert [answer.status_code for answer in answers] == [401, 401]
    texts = [answer.text.replace("unknown@example.org", "X").replace("known@example.org", "X") for answer in answers]
    assert texts[0] == texts[1]
    assert "do not belong together" in texts[0]


def test_a_planted_session_is_worth_nothing(own: Hosted) -> None:
    """Session fixation: what the browser held before signing in lets nobody in afterwards."""
    own.add("fixed")
    planted = "planted" * 6
    client = own.client(cookies={"backroad": planted})
    assert log_in(client, "fixed@example.org").status_code == 303
    mallory = own.client(cookies={"backroad": planted})
    assert mallory.get("/api/v1/account").status_code == 401


def test_signing_in_anew_ends_the_old_session(own: Hosted) -> None:
    own.add("anew")
    client = own.sign_in("anew")
    old = client.cookies["backroad"]
    assert log_in(client, "anew@example.org").status_code == 303
    assert client.cookies["backroad"] != old
    assert own.client(cookies={"backroad": old}).get("/api/v1/account").status_code == 401


def test_signing_out_ends_the_session_and_not_only_the_cookie(own: Hosted) -> None:
    own.add("leaver")
    client = own.sign_in("leaver")
    kept = client.cookies["backroad"]
    assert client.post("/logout").headers["location"] == "/login"
    assert own.client(cookies={"backroad": kept}).get("/api/v1/account").status_code == 401


@pytest.mark.parametrize(
    "to",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
     "/\n/evil.example", "http:evil.example", " //evil.example"],
)  # fmt: skip
def test_no_open_redirect(own: Hosted, to: str) -> None:
    name = f"to{abs(hash(to))}"
    own.add(name)
    client = own.client()
    assert log_in(client, f"{name}@example.org", to=to).headers["location"] == "/"
    assert client.get("/login", params={"next": to}).headers["location"] == "/"
    proved = client.post("/prove", data={"password": PASSWORD, "next": to})
    assert proved.headers["location"] == "/"


def test_a_path_of_ours_is_gone_to(own: Hosted) -> None:
    own.add("deep")
    assert log_in(own.client(), "deep@example.org", to="/plan?a=1").headers["location"] == "/plan?a=1"


def test_guesses_are_braked_and_the_owner_is_not_locked_out(tmp_path: Path) -> None:
    with hosting(tmp_path, trusted_proxies="1") as server:
        server.add("target")
        guesser = server.client(headers={"origin": server.url, "x-forwarded-for": "203.0.113.7"})
        owner = server.client(headers={"origin": server.url, "x-forwarded-for": "198.51.100.2"})
        codes = [log_in(guesser, "target@example.org", f"guess number {number}").status_code for number in range(7)]
        assert codes == [401] * 5 + [429] * 2
        refused = log_in(guesser, "target@example.org")
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 900
        forged = server.client(
            headers={"origin": server.url, "x-forwarded-for": "192.0.2.1, 203.0.113.7"}
        )  # written by the guesser itself, left of what the proxy saw
        assert log_in(forged, "target@example.org").status_code == 429
        assert log_in(owner, "target@example.org").status_code == 303
        assert log_in(guesser, "TARGET@example.org ").status_code == 429, "no other account by other letters"


def test_a_right_password_forgives_the_wrong_ones(own: Hosted) -> None:
    own.add("forgetful")
    client = own.client()
    for _ in range(3):
        for _ in range(4):
            assert log_in(client, "forgetful@example.org", "no").status_code == 401
        assert log_in(client, "forgetful@example.org").status_code == 303
        client.post("/logout")


def test_a_closed_account_does_not_come_in(own: Hosted) -> None:
    person = own.add("closed")
    client = own.sign_in("closed")
    own.db.run_now(lambda tx: _close(tx, person.id, own))
    assert client.get("/api/v1/account").status_code == 401
    assert log_in(own.client(), "closed@example.org").status_code == 403
    assert log_in(own.client(), "closed@example.org", "wrong").status_code == 401


def _close(tx: object, person_id: str, own: Hosted) -> None:
    from backroad.identity import people

    people.close(tx, person_id, own.now, "test")  # type: ignore[arg-type]


@pytest.mark.parametrize("headers", [{}, {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"},
                                     {"origin": "null"}, {"origin": "https://localhost"}])  # fmt: skip
def test_cookies_do_not_work_from_other_pages(hosted: Hosted, headers: dict[str, str]) -> None:
    """Cross-site request forgery, also where a browser would send neither Origin nor Sec-Fetch-Site."""
    client = hosted.client(headers=headers, cookies={"backroad": hosted.alice.client.cookies["backroad"]})
    for method, path in (("POST", "/logout"), ("POST", "/security/name"), ("PATCH", "/api/v1/account")):
        answer = client.request(method, path, json={"name": "Mallory"})
        assert answer.status_code == 403, (path, answer.text)
    assert hosted.alice.client.get("/api/v1/account").json()["name"] == "Alice"


def test_sec_fetch_site_is_enough(hosted: Hosted) -> None:
    client = hosted.client(
        headers={"sec-fetch-site": "same-origin"}, cookies={"backroad": hosted.alice.client.cookies["backroad"]}
    )
    assert client.patch("/api/v1/account", json={"name": "Alice"}).status_code == 200


def test_time_ends_sessions_and_proofs(tmp_path: Path) -> None:
    with hosting(tmp_path) as server:
        server.add("alice")
        cookies = {"backroad": server.sign_in("alice").cookies["backroad"]}
    with hosting(tmp_path, now=LATER) as server:
        client = server.client(cookies=cookies)
        assert client.get("/security").status_code == 200
        asked = client.get("/security/second-step")
        assert asked.headers["location"] == "/prove?next=/security/second-step"
        refused = client.post("/api/v1/account/second-step")
        assert refused.status_code == 403
        assert "password" in refused.json()["detail"]
        assert client.post("/prove", data={"password": "no", "next": "/"}).status_code == 403
        assert client.get("/security/second-step").status_code == 303
        assert client.post("/api/v1/account/proof", json={"password": PASSWORD}).status_code == 204
        assert client.get("/security/second-step").status_code == 200
    with hosting(tmp_path, now=NEXT_MONTH) as server:
        assert server.client(cookies=cookies).get("/api/v1/account").status_code == 401
        assert server.now - timedelta(days=30) > server.now.replace(month=1, day=4)


def test_null_bytes_and_other_nonsense_are_told(own: Hosted) -> None:
    for email in ("a\0b@example.org", "x" * 5000, "", "@", "ü@ü", "\ud7ff"):
        assert log_in(own.client(), email, "p\0").status_code in (401, 429)

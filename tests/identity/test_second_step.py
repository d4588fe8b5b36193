"""The second step of signing in, as an authenticator and as somebody else would take it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx2
import pyotp
import pytest

from tests.server_mode import PASSWORD, Hosted, hosting

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    with hosting(tmp_path_factory.mktemp("second-step")) as server:
        yield server


def set_up(server: Hosted, client: httpx2.Client) -> tuple[pyotp.TOTP, list[str]]:
    """The authenticator, whose code of this moment is spent, and the recovery codes."""
    begun = client.post("/api/v1/account/second-step").json()
    totp = pyotp.TOTP(begun["secret"])
    answer = client.put("/api/v1/account/second-step", json={"sealed": begun["sealed"], "code": totp.at(server.now)})
    assert answer.status_code == 200, answer.text
    return totp, answer.json()["codes"]


def give_password(server: Hosted, name: str) -> httpx2.Client:
    client = server.client()
    data = {"email": f"{name}@example.org", "password": PASSWORD, "next": "/plan"}
    answer = client.post("/login", data=data)
    assert answer.headers["location"] == "/login/code?next=/plan"
    assert "backroad" not in client.cookies, "no session yet"
    return client


def give_code(client: httpx2.Client, code: str) -> httpx2.Response:
    return client.post("/login/code", data={"code": code, "next": "/plan"})


def test_setting_it_up_on_the_page(own: Hosted) -> None:
    own.add("setter")
    client = own.sign_in("setter")
    page = client.get("/security/second-step").text
    assert "data:image/svg+xml;base64," in page.replace("&#x2f;", "/")
    assert "style=" not in page, "the content security policy takes none"
    secret = page.split("<code>")[1].split("</code>")[0]
    sealed = page.split('name="sealed" value="')[1].split('"')[0]
    wrong = client.post("/security/second-step", data={"sealed": sealed, "code": "000000"})
    assert wrong.status_code == 422
    assert secret in wrong.text, "the same picture, to try again"
    assert not client.get("/api/v1/account").json()["has_second_step"]
    right = {"sealed": sealed, "code": pyotp.TOTP(secret).at(own.now)}
    done = client.post("/security/second-step", data=right)
    assert done.status_code == 200
    assert done.text.count("<li>") >= 10
    assert client.get("/api/v1/account").json()["has_second_step"]
    assert own.mail("setter@example.org", "Signing in asks for a code")
    assert "10 recovery codes left" in client.get("/security").text


def test_the_password_alone_does_not_come_in(own: Hosted) -> None:
    own.add("doubled")
    totp, _ = set_up(own, own.sign_in("doubled"))
    client = give_password(own, "doubled")
    assert client.get("/api/v1/account").status_code == 401
    assert client.get("/login/code").status_code == 200
    assert give_code(client, "123456").status_code == 403
    done = give_code(client, totp.at(own.now + timedelta(seconds=30)))
    assert done.headers["location"] == "/plan"
    assert client.get("/api/v1/account").status_code == 200


def test_a_code_works_once(own: Hosted) -> None:
    own.add("once")
    totp, _ = set_up(own, own.sign_in("once"))
    spent, fresh = totp.at(own.now), totp.at(own.now + timedelta(seconds=30))
    assert give_code(give_password(own, "once"), spent).status_code == 403, "it set the second step up"
    clients = [give_password(own, "once") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda client: give_code(client, fresh).status_code, clients))
    assert sorted(answers) == [303, 403, 403, 403]


def test_codes_of_other_times_do_not_work(own: Hosted) -> None:
    own.add("timely")
    totp, _ = set_up(own, own.sign_in("timely"))
    client = give_password(own, "timely")
    for seconds in (-60, 60, 3600):
        assert give_code(client, totp.at(own.now + timedelta(seconds=seconds))).status_code == 403
    for nonsense in ("", "12345", "1234567", "١٢٣٤٥٦", "a" * 500, "\0"):
        assert give_code(client, nonsense).status_code == 403


def test_guessing_codes_is_braked(own: Hosted) -> None:
    own.add("guessed")
    totp, _ = set_up(own, own.sign_in("guessed"))
    codes = [give_code(give_password(own, "guessed"), f"{number:06}").status_code for number in range(11)]
    assert codes == [403] * 10 + [429]
    right = totp.at(own.now + timedelta(seconds=30))
    assert give_code(give_password(own, "guessed"), right).status_code == 429, "also a right one, for a while"


def test_recovery_codes_work_once_each(own: Hosted) -> None:
    own.add("phoneless")
    client = own.sign_in("phoneless")
    _, codes = set_up(own, client)
    assert len(set(codes)) == 10
    assert give_code(give_password(own, "phoneless"), codes[0].upper().replace("-", " ")).status_code == 303
    assert give_code(give_password(own, "phoneless"), codes[0]).status_code == 403
    assert own.mail("phoneless@example.org", "A recovery code was used")
    fresh = client.post("/api/v1/account/recovery-codes").json()["codes"]
    assert give_code(give_password(own, "phoneless"), codes[1]).status_code == 403, "the old ones are worth nothing"
    assert give_code(give_password(own, "phoneless"), fresh[0]).status_code == 303


def test_nothing_of_it_is_kept_readable(own: Hosted) -> None:
    own.add("sealed")
    totp, codes = set_up(own, own.sign_in("sealed"))
    with own.db.engine.connect() as tx:
        dump = "\n".join(tx.connection.iterdump())  # type: ignore[attr-defined]
    assert totp.secret not in dump
    assert not [code for code in codes if code in dump or code.replace("-", "") in dump]


def test_the_first_step_of_one_is_not_that_of_another(own: Hosted) -> None:
    """What the browser carries between the steps cannot be made up, changed or used for anything else."""
    own.add("alma")
    own.add("mal")
    totp_of_mal, _ = set_up(own, own.sign_in("mal"))
    set_up(own, own.sign_in("alma"))
    alma = give_password(own, "alma")
    assert give_code(alma, totp_of_mal.at(own.now + timedelta(seconds=30))).status_code == 403
    step = alma.cookies["backroad-step"]
    for forged in (step[:-4] + "AAAA", "x", "", '{"person":"1","kept":""}'):
        answer = give_code(own.client(cookies={"backroad-step": forged}), "123456")
        assert answer.headers["location"].startswith("/login?")
    assert own.client(cookies={"backroad": step}).get("/api/v1/account").status_code == 401


def test_another_password_ends_a_sign_in_half_way(own: Hosted) -> None:
    own.add("halfway")
    client = own.sign_in("halfway")
    totp, _ = set_up(own, client)
    half = give_password(own, "halfway")
    changed = client.put("/api/v1/account/password", json={"old": PASSWORD, "new": "some entirely other words"})
    assert changed.status_code == 204
    assert give_code(half, totp.at(own.now + timedelta(seconds=30))).status_code == 410


def test_the_first_step_is_good_for_ten_minutes(tmp_path: Path) -> None:
    later = "2027-01-04T10:10:30+00:00"
    with hosting(tmp_path) as server:
        server.add("slow")
        set_up(server, server.sign_in("slow"))
        step = give_password(server, "slow").cookies["backroad-step"]
    with hosting(tmp_path, now=later) as server:
        answer = server.client(cookies={"backroad-step": step}).get("/login/code")
        assert answer.headers["location"].startswith("/login")


def test_a_set_up_is_for_its_person_and_for_a_while(own: Hosted) -> None:
    own.add("first")
    own.add("second")
    begun = own.sign_in("first").post("/api/v1/account/second-step").json()
    code = pyotp.TOTP(begun["secret"]).at(own.now)
    stolen = own.sign_in("second").put("/api/v1/account/second-step", json={"sealed": begun["sealed"], "code": code})
    assert stolen.status_code == 410


def test_turning_it_off(own: Hosted) -> None:
    own.add("offer")
    client = own.sign_in("offer")
    set_up(own, client)
    assert client.post("/security/second-step/off").headers["location"] == "/security?second-step-off"
    assert own.sign_in("offer")
    assert client.delete("/api/v1/account/second-step").status_code == 409
    assert client.post("/api/v1/account/recovery-codes").status_code == 409


def test_an_admin_helps_whoever_lost_all(own: Hosted) -> None:
    person = own.add("lost")
    set_up(own, own.sign_in("lost"))
    assert own.dana.client.post(f"/admin/people/{person.id}/second-step/off").status_code == 303
    assert own.sign_in("lost")
    assert own.mail("lost@example.org", "Signing in asks for no code")

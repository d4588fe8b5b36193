"""Before the five questions are answered."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.serving import FIRST_FORM, Server, serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("fresh") / "home") as running:
        yield running


def test_pages_ask_the_questions_first(fresh: Server) -> None:
    with fresh.client() as client:
        for path in (
            "/",
            "/road",
            "/road/map",
            "/skills/sql.joins",
            "/labs",
            "/reviews",
            "/plan",
            "/notes",
            "/progress",
            "/placement",
            "/interview",
        ):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/setup"), path


def test_the_api_says_what_is_missing(fresh: Server) -> None:
    with fresh.client() as client:
        answer = client.get("/api/v1/plan")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "Backroad does not know your week yet."
    assert "five questions" in answer.json()["hint"]


def test_what_needs_no_learner_is_there(fresh: Server) -> None:
    with fresh.client() as client:
        for path in ("/setup", "/livez", "/api/v1/roads", "/api/v1/roads/canonical", "/api/v1/labs"):
            assert client.get(path).status_code == 200, path


WRONG = {
    "minutes": (["60", "x", *["0"] * 5], "&#x27;x&#x27; is not a whole number"),
    "start": ("2027-02-30", "&#x27;2027-02-30&#x27; is not a date"),
    "days_off": ("2027-07-14..2027-07-01", "are not a range"),
    "road": ("nowhere", "There is no road called"),
    "language": ("cobol", "There is no language track"),
}


@pytest.mark.parametrize("field", WRONG)
def test_a_mistake_is_told_and_nothing_is_lost(fresh: Server, field: str) -> None:
    value, said = WRONG[field]
    with fresh.client() as client:
        answer = client.post("/setup", data={**FIRST_FORM, "days_off": "2027-12-24", field: value})
        assert client.get("/api/v1/learner").status_code == 409, "nothing is kept"
    assert answer.status_code == 422
    assert said in answer.text
    assert field == "days_off" or "2027-12-24" in answer.text, "what was typed is still in the form"
    assert 'role="alert"' in answer.text


@pytest.mark.slow
def test_settling_leads_to_today_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    with serving(tmp_path_factory.mktemp("once") / "home") as running, running.client() as client:
        answer = client.post("/setup", data={**FIRST_FORM, "days_off": "2027-01-06"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        learner = client.get("/api/v1/learner").json()
        assert learner["minutes"] == [60, 60, 60, 60, 60, 120, 0]
        assert learner["days_off"] == ["2027-01-06"]
        assert "Monday, 4 January 2027" in client.get("/").text
        again: httpx2.Response = client.get("/setup")
        assert (again.status_code, again.headers["location"]) == (303, "/settings"), "it would forget the deadline"
        _settings_keep_and_refuse(client)


def _settings_keep_and_refuse(client: httpx2.Client) -> None:
    changed = {**FIRST_FORM, "deadline": "2027-12-31", "drop_optional": "yes", "language": "go"}
    saved = client.post("/settings", data=changed)
    assert (saved.status_code, saved.headers["location"]) == (303, "/settings?saved")
    page = client.get("/settings?saved").text
    assert "Saved." in page
    assert 'value="2027-12-31"' in page
    learner = client.get("/api/v1/learner").json()
    assert (learner["language"], learner["deadline"], learner["drop_optional"]) == ("go", "2027-12-31", True)
    refused = client.post("/settings", data={**changed, "deadline": "2026-12-31"})
    assert refused.status_code == 422
    assert "The deadline is not after the start date." in refused.text
    assert client.get("/api/v1/learner").json() == learner
    assert client.get("/plan?week=2027-03-01").status_code == 200

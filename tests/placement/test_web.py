"""The placement in the browser's terms and over REST, and in the terminal."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.serving import backroad, serving

pytestmark = pytest.mark.slow


@pytest.fixture
def own(tmp_path: Path) -> Iterator[httpx2.Client]:
    """A server of the test's own: placements of others would be in the way."""
    with serving(tmp_path / "home") as server:
        server.settle()
        with server.client() as client:
            yield client


def heading(client: httpx2.Client) -> str:
    found = re.search(r"<h1>([^<]+)</h1>", client.get("/placement").text)
    assert found is not None
    return found[1]


def test_the_way_through_the_pages(own: httpx2.Client) -> None:
    assert 'href="/placement"' in own.get("/").text, "offered while nothing is begun"
    assert heading(own) == "What do you know already?"
    begun = own.post("/placement")
    assert (begun.status_code, begun.headers["location"]) == (303, "/placement")
    assert heading(own) == "Question 1 of at most 25"
    empty = own.post("/placement/answers", data={"number": "1", "asked_at": "x"})
    assert empty.status_code == 422
    assert 'role="alert"' in empty.text
    assert own.post("/placement/answers", data={"number": "1", "unknown": "yes"}).status_code == 303
    assert heading(own) == "Question 2 of at most 25"
    for stale in ("1", "3", "-1", "x", "9" * 50, ""):
        assert own.post("/placement/answers", data={"number": stale, "unknown": "yes"}).status_code == 303
    assert heading(own) == "Question 2 of at most 25"
    assert own.post("/placement/end").status_code == 303
    assert heading(own) == "What you probably know"
    for address in ("/placement/end", "/placement/answers"):
        assert own.post(address, data={"number": "2", "unknown": "yes"}).status_code == 303, "too late, and no error"
    assert own.post("/placement").status_code == 303
    assert heading(own) == "Question 1 of at most 25"


def test_areas_never_met_are_ticked_first(own: httpx2.Client) -> None:
    assert 'name="never" value="docker"' in own.get("/placement").text
    refused = own.post("/placement", data={"never": "astrology"})
    assert refused.status_code == 422
    assert "There is no area &#x27;astrology&#x27; on your road." in refused.text
    address = "/api/v1/placement"
    every = re.findall(r'name="never" value="([^"]+)"', own.get("/placement").text)
    answer = own.post(address, json={"never": every})
    assert (answer.status_code, answer.json()["detail"]) == (400, "Then there is nothing to ask.")
    assert own.get(address).json()["state"] == "not begun"
    own.post("/placement", data={"never": ["docker", "sql"]})
    asked = own.get(f"{address}/question").json()
    state = own.post(f"{address}/answers", json={"number": 1, "answer": None}).json()
    said = {skill["skill"]: skill["verdict"] for skill in state["skills"]}
    assert asked["drill"]["skill"].partition(".")[0] not in ("docker", "sql")
    assert {said["docker.compose"], said["sql.joins"]} == {"probably new"}
    own.post(address, json={"never": []})
    assert own.get(address).json()["answered"] == 1, "the one that is running goes on"
    own.post(f"{address}/end")
    assert "Where have you never worked?" in own.get("/placement?again=yes").text


def test_rest_to_the_end(own: httpx2.Client) -> None:
    """An answer that cannot be judged, answers until the end, and then the evidence."""
    address = "/api/v1/placement"
    assert own.get(address).json()["state"] == "not begun"
    for method, path in (("GET", "/question"), ("POST", "/end")):
        answer = own.request(method, address + path)
        assert (answer.status_code, answer.json()["detail"]) == (409, "No placement is running.")
    assert own.post(address, json={}).status_code == 201
    assert own.post(f"{address}/answers", json={"number": 1, "answer": {"text": ""}}).status_code == 400
    assert own.post(f"{address}/answers", json={"number": 26, "answer": None}).status_code == 400
    state = own.get(address).json()
    assert (state["state"], state["answered"], state["skills"]) == ("running", 0, [])
    while state["state"] == "running":
        asked = own.get(f"{address}/question").json()
        assert asked["number"] == state["answered"] + 1 <= asked["most"] == 25
        assert all(choice.keys() == {"key", "text"} for choice in asked["drill"]["choices"]), "the answer is not told"
        state = own.post(f"{address}/answers", json={"number": asked["number"], "answer": None}).json()
    assert {skill["verdict"] for skill in state["skills"]} <= {"probably known", "not sure", "probably new"}
    assert own.get("/api/v1/evidence").json()["items"] == [], "nothing is known, so nothing is credited"
    assert heading(own) == "What you probably know"


def test_in_the_terminal(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home) as server:
        server.settle()
    asked = backroad(home, "placement", stdin="nonsense\n\n?\n\n")
    assert asked.returncode == 0, asked.stderr
    assert "question 1 of at most 25" in asked.stdout
    assert re.search(r"[12] answers? so far", asked.stdout)
    gone_on = backroad(home, "placement", stdin="?\n\n?\n\n")
    assert gone_on.returncode == 0, gone_on.stderr
    ended = backroad(home, "placement", "--end", "--json")
    state = json.loads(ended.stdout)
    assert state["state"] == "ended"
    assert state["answered"] >= 2
    assert "probably new" in backroad(home, "placement").stdout
    again = backroad(home, "placement", "--end")
    assert (again.returncode, again.stderr.splitlines()[0]) == (1, "backroad: No placement is running.")

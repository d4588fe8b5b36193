"""Moving sessions over pages, REST, the feed and the terminal, on a server of its own."""

import html
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx2
import pytest
from icalendar import Calendar

from tests.serving import FIRST_FORM, Server, backroad, serving

pytestmark = pytest.mark.slow

FIRST = "learn:net.internet:0:1"
WISHES = "/api/v1/plan/wishes"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("moves") / "home") as server:
        server.settle()
        yield server


@pytest.fixture
def mine(own: Server) -> Iterator[httpx2.Client]:
    """Nothing is moved."""
    with own.client() as client:
        assert client.post("/settings", data=FIRST_FORM).status_code == 303
        while wishes := client.get(WISHES).json():
            name = ":".join(str(wishes[0][part]) for part in ("kind", "ref", "stage"))
            assert client.delete(f"{WISHES}/{name}").status_code == 200
        yield client


def days_of(plan: dict[str, object], kind: str, ref: str) -> list[str]:
    days: list[dict[str, object]] = plan["days"]  # type: ignore[assignment]
    return [d["date"] for d in days for s in d["sessions"] if (s["kind"], s["ref"]) == (kind, ref)]  # type: ignore[attr-defined,index,misc]


def text(answer: httpx2.Response) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", answer.text))


def test_a_move_over_rest_and_back(mine: httpx2.Client) -> None:
    answer = mine.put(f"{WISHES}/{FIRST}", json={"day": "2027-01-07"})
    assert answer.status_code == 200
    assert days_of(answer.json(), "learn", "net.internet") == ["2027-01-07"]
    (wish,) = mine.get(WISHES).json()
    assert wish == {
        "kind": "learn",
        "ref": "net.internet",
        "stage": 0,
        "day": "2027-01-07",
        "minutes": 36,
        "before": 0,
        "after": 0,
    }
    assert days_of(mine.get("/api/v1/plan").json(), "learn", "net.internet") == ["2027-01-07"]
    back = mine.delete(f"{WISHES}/{FIRST}")
    assert days_of(back.json(), "learn", "net.internet") == ["2027-01-04"]
    assert mine.get(WISHES).json() == []


@pytest.mark.parametrize(
    ("name", "day", "status", "said"),
    [
        (FIRST, "2027-01-10", 409, "cannot stand on Sun 10 Jan: the day has no minutes."),
        ("drill:net.internet:0:1", "2027-01-03", 409, "the day is over"),
        ("learn:none:0:1", "2027-01-07", 404, "The plan has no session"),
        ("review:2027-01-06:0:1", "2027-01-07", 409, "Reviews come when memory says so"),
        (FIRST, "soon", 400, "date"),
        (FIRST, "9999-12-31", 409, "more than four years ahead"),
    ],
)
def test_a_move_that_cannot_be_is_a_problem_document(
    mine: httpx2.Client, name: str, day: str, status: int, said: str
) -> None:
    answer = mine.put(f"{WISHES}/{name}", json={"day": day})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]
    assert mine.get(WISHES).json() == []


def test_a_refused_day_names_the_nearest(mine: httpx2.Client) -> None:
    answer = mine.put(f"{WISHES}/{FIRST}", json={"day": "2027-01-10"}).json()
    assert answer["hint"] == "The nearest possible day is Mon 11 Jan."
    assert mine.delete(f"{WISHES}/{FIRST}").status_code == 409


def test_the_form_offers_days_moves_and_lets_go(mine: httpx2.Client) -> None:
    page = mine.get("/plan").text
    link = re.search(r'href="(/plan/move\?session=learn%3Anet\.internet[^"]*)"', page)
    assert link
    form = mine.get(link[1])
    assert '<option value="2027-01-04" selected>' in form.text
    assert "2027-01-10" not in form.text.partition("<details>")[0]
    assert "Let the plan decide" not in form.text
    moved = mine.post("/plan/move", data={"session": FIRST, "day": "2027-01-06", "other": "", "from": ""})
    assert moved.headers["location"] == "/plan?week=2027-01-06&moved=learn%3Anet.internet%3A0%3A1"
    page = mine.get(moved.headers["location"]).text
    assert "stands on Wed 6 Jan, where you moved it." in page
    assert "you moved it here" in page
    assert "Since this day began" in page
    assert "Let the plan decide" in mine.get(link[1]).text
    back = mine.post("/plan/unmove", data={"session": FIRST, "from": "today"})
    assert back.headers["location"].startswith("/?moved=")
    assert "stands on Mon 4 Jan: the plan decides." in mine.get(back.headers["location"]).text


def test_the_form_says_why_not_and_chooses_the_nearest_day(mine: httpx2.Client) -> None:
    answer = mine.post("/plan/move", data={"session": FIRST, "day": "2027-01-05", "other": "2027-01-10"})
    assert answer.status_code == 409
    assert "the day has no minutes. The nearest possible day is Mon 11 Jan." in html.unescape(answer.text)
    assert '<option value="2027-01-11" selected>' in answer.text


@pytest.mark.parametrize(
    ("data", "status"),
    [({}, 400), ({"session": FIRST}, 400), ({"session": "x", "day": "2027-01-05"}, 404), ({"day": "2027-01-05"}, 404)],
)
def test_a_form_that_says_nothing_is_refused(mine: httpx2.Client, data: dict[str, str], status: int) -> None:
    assert mine.post("/plan/move", data=data).status_code == status
    assert mine.get("/plan/move", params={"session": data.get("session", "") + "x"}).status_code == 404


def events(client: httpx2.Client) -> dict[str, date]:
    found = re.search(r"<code>(http[^<]*\.ics)</code>", html.unescape(client.get("/settings").text))
    assert found
    calendar = Calendar.from_ical(client.get(found[1]).content)
    return {event["uid"]: event["dtstart"].dt.date() for event in calendar.walk("VEVENT")}


def test_the_event_of_a_moved_session_moves(mine: httpx2.Client) -> None:
    before = events(mine)
    mine.put(f"{WISHES}/{FIRST}", json={"day": "2027-01-07"})
    after = events(mine)
    gone = [uid for uid, day in before.items() if day == date(2027, 1, 4) and after.get(uid) == date(2027, 1, 7)]
    assert len(gone) == 1


def test_a_move_in_the_terminal(own: Server, mine: httpx2.Client) -> None:
    moved = backroad(own.home, "plan", "move", "learn:net.internet", "2027-01-07")
    assert moved.stdout == "Learn: How the internet works stands on Thu 7 Jan, where you moved it.\n"
    shown = backroad(own.home, "plan").stdout
    assert re.search(r"How the internet works \(you moved it\) +learn:net.internet:0:1", shown)
    refused = backroad(own.home, "plan", "move", "drill:net.internet", "2027-01-05")
    assert refused.returncode == 1
    assert "cannot stand on Tue 5 Jan: its lesson comes first." in refused.stderr
    assert "The nearest possible day is Fri 8 Jan, where it is." in refused.stderr
    back = json.loads(backroad(own.home, "plan", "unmove", "learn:net.internet", "--json").stdout)
    assert days_of(back, "learn", "net.internet") == ["2027-01-04"]
    assert mine.get(WISHES).json() == []
    assert "not a date" in backroad(own.home, "plan", "move", FIRST, "tomorrow").stderr


def test_a_wish_goes_with_the_account(own: Server, mine: httpx2.Client, tmp_path: Path) -> None:
    mine.put(f"{WISHES}/{FIRST}", json={"day": "2027-01-07"})
    file, there = tmp_path / "all.zip", tmp_path / "there"
    assert backroad(own.home, "export", str(file)).returncode == 0
    assert backroad(there, "import", str(file)).returncode == 0
    assert "(you moved it)" in backroad(there, "plan").stdout


def test_a_missed_wish_lapses_and_says_so(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home) as server:
        server.settle()
        with server.client() as client:
            client.put(f"{WISHES}/{FIRST}", json={"day": "2027-01-06"})
    with serving(home, now="2027-01-08T10:00:00+00:00") as server, server.client() as client:
        page = text(client.get("/"))
        assert "Learn: How the internet works was moved to Wed 6 Jan and missed: the plan decides again." in page
        assert "missed;" in page, "and what moved is told as after any missed day"

"""The calendar feed, breaks, deadlines and reviews as the pages and REST offer them, on a server of their own."""

import html
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import httpx2
import pytest
from icalendar import Calendar

from tests.serving import FIRST_FORM, Server, backroad, serving

pytestmark = pytest.mark.slow

MONDAY = date(2027, 1, 4)
WHEN = {"deadline": "2027-06-30"}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("depth") / "home") as server:
        server.settle()
        yield server


@pytest.fixture
def mine(own: Server) -> Iterator[httpx2.Client]:
    """Settings as at the first visit."""
    with own.client() as client:
        assert client.post("/settings", data=FIRST_FORM).status_code == 303
        yield client


def feed_address(client: httpx2.Client) -> str:
    found = re.search(r"<code>(http[^<]*\.ics)</code>", html.unescape(client.get("/settings").text))
    assert found
    return found[1]


def events(content: bytes) -> dict[str, date]:
    """UID -> day."""
    return {event["uid"]: event["dtstart"].dt.date() for event in Calendar.from_ical(content).walk("VEVENT")}


def test_the_feed_is_a_calendar_whose_events_move(own: Server, mine: httpx2.Client) -> None:
    address = feed_address(mine)
    assert address.startswith(own.url)
    answer = mine.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    before = events(answer.content)
    assert min(before.values()) == MONDAY
    assert max(before.values()) < MONDAY + timedelta(days=90)
    away = {"break_from": "2027-01-05", "break_to": "2027-01-10"}
    assert mine.post("/settings", data={**FIRST_FORM, **away, "study_from": "06:45"}).status_code == 303
    after = events(mine.get(address).content)
    known = before.keys() & after.keys()
    assert len(known) > len(before) * 0.8, "moved, not made anew"
    assert not any(date(2027, 1, 5) <= day <= date(2027, 1, 10) for day in after.values())
    assert sum(after[uid] > before[uid] for uid in known) > len(known) * 0.5, "reviews stay on their days"
    plan = mine.get("/plan").text
    assert "Since this day began" in plan or "sessions moved" not in plan


def test_a_renewed_address_ends_the_old_one(mine: httpx2.Client) -> None:
    old = feed_address(mine)
    assert mine.post("/settings/calendar").headers["location"] == "/settings?renewed#calendar"
    new = feed_address(mine)
    assert mine.get(old).status_code == 404
    assert mine.get(new).status_code == 200


@pytest.mark.parametrize("name", [".ics", "x.ics", "none", "%C3%A9.ics", "a" * 5000])
def test_no_other_address_leads_to_the_calendar(mine: httpx2.Client, name: str) -> None:
    answer = mine.get(f"/calendar/{name}")
    assert answer.status_code == 404
    assert "BEGIN:VCALENDAR" not in answer.text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"break_from": "2027-02-01"}, "not a date"),
        ({"break_from": "2027-02-02", "break_to": "2027-02-01"}, "not a break"),
        ({"study_from": "late"}, "not a time of day"),
        ({"retention": "99"}, "cannot aim at remembering 99 %"),
        ({"retention": "much"}, "not a whole number"),
        ({"reviews_a_day": "0"}, "cannot be 0 reviews"),
    ],
)
def test_a_wrong_setting_is_told_and_kept_in_the_form(mine: httpx2.Client, wrong: dict[str, str], said: str) -> None:
    answer = mine.post("/settings", data={**FIRST_FORM, **wrong})
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)
    assert mine.get("/api/v1/learner").json()["days_off"] == []


def test_a_deadline_that_cannot_be_met_has_buttons_and_one_that_can_says_so(mine: httpx2.Client) -> None:
    mine.post("/settings", data={**FIRST_FORM, **WHEN})
    page = mine.get("/plan").text
    assert 'name="kind" value="later-end"' in page
    assert 'name="kind" value="more-minutes"' in page
    assert mine.post("/plan/offers", data={"kind": "later-end"}).headers["location"] == "/plan?taken"
    page = mine.get("/plan?taken").text
    assert "The plan fits: it ends on the day of your deadline" in page
    assert 'value="later-end"' not in page
    assert mine.post("/plan/offers", data={"kind": "later-end"}).status_code == 409


@pytest.mark.parametrize("data", [{}, {"kind": "magic"}, {"kind": ["later-end", "more-minutes"]}])
def test_an_offer_that_does_not_exist_is_refused(mine: httpx2.Client, data: dict[str, object]) -> None:
    assert mine.post("/plan/offers", data=data).status_code == 400


def test_offers_over_rest(mine: httpx2.Client) -> None:
    mine.post("/settings", data={**FIRST_FORM, **WHEN})
    week = mine.get("/api/v1/learner").json()["minutes"]
    assert mine.post("/api/v1/plan/offers", json={"kind": "none"}).status_code == 400
    plan = mine.post("/api/v1/plan/offers", json={"kind": "more-minutes"}).json()
    assert plan["warnings"] == []
    assert plan["end"] <= WHEN["deadline"]
    assert sum(mine.get("/api/v1/learner").json()["minutes"]) > sum(week)
    assert mine.post("/api/v1/plan/offers", json={"kind": "more-minutes"}).status_code == 409


def test_memory_over_rest_and_on_progress(mine: httpx2.Client) -> None:
    mine.post("/settings", data={**FIRST_FORM, "retention": "85"})
    answer = mine.get("/api/v1/memory").json()
    assert answer["memory"]["retention"] == 85
    assert answer["leeches"] == []
    page = mine.get("/progress").text
    assert "You take about 100 % of the estimates, likely between 87 % and 113 %" in page
    assert "So the road ends between" in page
    assert "aim at remembering 85 %" in page


def test_the_calendar_as_a_file(own: Server, mine: httpx2.Client, tmp_path: Path) -> None:
    file = tmp_path / "plan.ics"
    ended = backroad(own.home, "plan", "--ics", str(file), "--json")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == {"file": str(file), "events": len(events(file.read_bytes()))}
    assert events(file.read_bytes()) == events(mine.get(feed_address(mine)).content)
    assert backroad(own.home, "plan", "--ics", str(file)).stdout.startswith("Wrote ")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--ics", "/nowhere/x.ics"], "cannot be written"),
        (["--minutes", "60,60,60,60,60,0,0", "--ics", "x.ics"], "your own plan"),
    ],
)
def test_a_calendar_that_cannot_be_written_is_told(own: Server, more: list[str], said: str) -> None:
    ended = backroad(own.home, "plan", *more)
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr

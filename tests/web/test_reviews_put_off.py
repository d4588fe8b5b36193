"""Today offers the reviews that the plan has room for, and every page says how many wait and when they come."""

import html
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backroad.product import Product
from backroad.progress import actions as progress
from backroad.progress.model import NewEvidence
from tests.databases import settings_of
from tests.serving import FIRST_FORM, backroad, serving

pytestmark = pytest.mark.slow

ANSWERED = datetime(2027, 1, 4, 12, tzinfo=UTC)
LATER = "2027-01-07T10:00:00+00:00"


def answer_wrong(home: Path, count: int) -> None:
    """So many drills, which are due from the day after."""
    product = Product.open(settings_of(home))
    drills = sorted(product.library.by_id.values(), key=lambda drill: drill.id)[:count]
    evidence = [
        NewEvidence(skill=drill.skill, source="drill", ref=drill.id, outcome="failed", at=ANSWERED, seconds=1)
        for drill in drills
    ]
    product.db.run_now(lambda tx: progress.record(tx, "local", evidence, now=ANSWERED, facts=product.facts))
    product.close()


def said(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", page)))


def test_todays_button_and_the_plan_agree_and_the_others_come_when_it_says(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home) as server:
        server.settle()
        answer_wrong(home, 60)
    with serving(home, now=LATER) as server, server.client(follow_redirects=True) as client:
        page = client.get("/").text
        day = client.get("/api/v1/today").json()
        (reviews,) = [session for session in day["sessions"] if session["kind"] == "review"]
        assert (reviews["count"], reviews["minutes"]) == (26, 20)
        assert "26 drills, about 20 min" in said(page)
        assert "34 more drills are due; they come from Fri 8 Jan to Sat 9 Jan, since reviews take at most" in said(page)
        assert 'href="/reviews/next?left=26"' in page
        assert "34 more drills are due" in backroad(home, "today", now=LATER).stdout


def test_the_queue_of_today_ends_with_what_was_promised(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home) as server:
        server.settle()
        answer_wrong(home, 5)
    with serving(home, now=LATER) as server, server.client(follow_redirects=True) as client:
        first = client.get("/reviews/next?left=2")
        assert first.url.query == b"from=reviews-2"
        fields = dict.fromkeys(re.findall(r'name="(text|choice|place\.[^"]*|match\.[^"]*)"', first.text), "1")
        after = client.post(str(first.url.copy_with(query=None)), data={**fields, "from": "reviews-2"})
        if after.status_code == 200:  # an answer of this form could be judged
            assert re.search(r'href="/drills/[^"]*\?from=reviews-1"', html.unescape(after.text))
        last = client.get("/reviews/next?left=1")
        after = client.post(str(last.url.copy_with(query=None)), data={**fields, "from": "reviews-1"})
        assert after.status_code in (200, 422)
        if after.status_code == 200:
            assert "Back to today" in after.text
        assert client.get("/reviews/next?left=many").url.query == b"from=reviews"


def test_everything_over_the_limit_waits_and_the_page_says_so(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home) as server:
        server.settle()
        answer_wrong(home, 30)
        with server.client() as client:
            client.post("/settings", data={**FIRST_FORM, "reviews_a_day": "10"})
    with serving(home, now=LATER) as server, server.client() as client:
        page = said(client.get("/reviews").text)
        assert "20 more are due. Your settings allow 10 a day, so the last of them is asked on Sat 9 Jan." in page
        product = Product.open(settings_of(home))
        now = datetime.fromisoformat(LATER)
        due = product.db.run_now(lambda tx: progress.due_reviews(tx, "local", now.date()))
        done = [NewEvidence(skill=c.skill, source="review", ref=c.ref, outcome="passed", at=now) for c in due]
        product.db.run_now(lambda tx: progress.record(tx, "local", done, now=now, facts=product.facts))
        product.close()
        page = said(client.get("/reviews").text)
        assert "You have answered as many reviews as your settings allow in a day, 10: 20 more drills are due" in page
        assert "the last of them is asked on Sat 9 Jan." in page
        assert "Nothing is due" not in page
        told = backroad(home, "review", now=LATER).stdout
        assert told.endswith("20 drills still due; the last of them is asked on Sat 9 Jan.\n")
        assert "20 drills are due; they come from Fri 8 Jan to Sat 9 Jan" in said(client.get("/").text)

"""Every page of a settled learner, without a browser."""

import html
import re

import httpx2
import pytest

PAGES = {
    "/": "Today",
    "/road": "Road",
    "/road/map": "Map",
    "/road/map?zoom=50": "Map",
    "/roads": "Roads",
    "/own-roads/new": "Make a road",
    "/roads/stepwise-2026": "Road",
    "/skills/sql.joins": "Joins",
    "/drills/sql.joins/left-join-counts": "Predict the output: Joins",
    "/labs": "Labs",
    "/labs/shortener": "URL shortener",
    "/reviews": "Reviews",
    "/plan": "Plan",
    "/plan?week=2027-02-01": "Plan",
    "/notes": "Notes",
    "/notes?q=nothing": "Notes",
    "/notes/new?kind=day&ref=2027-01-04": "Note: Monday, 4 January 2027",
    "/progress": "Progress",
    "/settings": "Settings",
    "/placement": "Placement",
    "/interview": "Interview",
}


@pytest.mark.parametrize("path", PAGES)
def test_page(client: httpx2.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert f"<title>{PAGES[path]} · Backroad</title>" in answer.text
    assert len(re.findall("<h1", answer.text)) == 1
    assert "style=" not in answer.text.replace("fill-style=", "")
    assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text), "the content security policy forbids inline scripts"
    assert not re.search(r'\son[a-z]+="', answer.text)


@pytest.mark.slow
def test_every_link_leads_somewhere(client: httpx2.Client) -> None:
    """All addresses that the pages above name, without leaving the machine."""
    named: set[str] = set()
    for path in PAGES:
        found = re.findall(r'(?:href|src|action)="([^"]+)"', client.get(path).text)
        named |= {html.unescape(link).partition("#")[0] for link in found}
    inside = {link for link in named if link.startswith("/")}
    writes = {
        link for link in inside if link.endswith("/read") or link in ("/settings/calendar", "/own-roads", "/plan/move")
    }
    first_of_each_kind = {
        re.sub(r"(?<=/)[a-z0-9-]+\.[a-z0-9-]+(/[a-z0-9-]+)?", "*", link): link for link in inside - writes
    }
    for link in sorted(first_of_each_kind.values()):
        assert client.get(link).status_code in (200, 303), link


@pytest.mark.parametrize(
    "path",
    [
        *("/nothing", "/skills/no.such", "/skills/", "/drills/sql.joins/none", "/labs/none", "/runs/none"),
        *("/runs/none/transcript", "/roads/none", "/notes/none", "/notes/new?kind=skill&ref=none", "/static/none.js"),
    ],
)
def test_what_is_not_there(client: httpx2.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "<h1>There is no" in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("week", ["0001-01-01", "1999-12-31", "2500-01-01", "9999-12-31"])
def test_a_week_beyond_the_plan_shows_its_edge(client: httpx2.Client, week: str) -> None:
    assert client.get("/plan", params={"week": week}).status_code == 200


def test_a_week_that_is_no_date(client: httpx2.Client) -> None:
    answer = client.get("/plan?week=soon")
    assert answer.status_code == 400
    assert "&#x27;soon&#x27; is not a date." in answer.text


def test_head_is_get_without_the_body(client: httpx2.Client) -> None:
    for path in ("/", "/static/app.js", "/api/v1/roads", "/nothing"):
        got, head = client.get(path), client.head(path)
        assert head.status_code == got.status_code
        assert head.headers["content-type"] == got.headers["content-type"]
        assert head.headers["content-length"] == got.headers["content-length"]
        assert head.content == b""


def test_options_and_405_name_the_methods(client: httpx2.Client) -> None:
    for path, methods in {"/": "GET", "/notes": "GET POST", "/api/v1/learner": "GET PUT"}.items():
        wanted = {*methods.split(), "HEAD", "OPTIONS"}
        options, refused = client.options(path), client.delete(path)
        assert (options.status_code, options.content) == (204, b"")
        assert refused.status_code == 405
        assert set(options.headers["allow"].split(", ")) == wanted
        assert set(refused.headers["allow"].split(", ")) == wanted


def test_static_files_may_be_kept_for_ever(client: httpx2.Client) -> None:
    styles = re.search(r'href="([^"]*style\.css[^"]*)"', client.get("/").text.replace("&#x2f;", "/"))
    assert styles is not None
    answer = client.get(styles[1])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/css")


def test_the_export_is_a_download(client: httpx2.Client) -> None:
    answer = client.get("/export")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="backroad-2027-01-04.zip"'
    assert answer.content.startswith(b"PK")
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_reading_a_lesson_is_logged_and_bounded(client: httpx2.Client) -> None:
    for seconds in ("90", "9" * 5000, "-1", "x", ""):
        answer = client.post("/skills/cache.aside/read", data={"seconds": seconds})
        assert (answer.status_code, answer.headers["location"]) == (303, "/skills/cache.aside")
    assert "read on 4 Jan 2027" in client.get("/skills/cache.aside").text
    assert client.post("/skills/no.such/read", data={}).status_code == 404
    assert client.get("/api/v1/progress").json()["seconds"]["2027-01-04"] < 24 * 3600

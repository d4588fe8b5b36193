"""Pages with something on them: answered drills, notes, runs, missed days, mistakes; for every kind of reader."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import expect

from backroad.drills.model import FillIn, Match, Multiple, Order, Predict, Single, part_key
from tests.browser.conftest import OpenPage
from tests.browser.looks import WIDTHS, faults, faults_in_both
from tests.browser.test_every_page import PAGES
from tests.browser.test_learners_way import answer_by_keyboard, first_of
from tests.browser.test_live_run import newest_run, reference_folder
from tests.serving import COMMAND, Server, environment, serving
from tests.web.test_guard import NOTES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

THURSDAY = "2027-01-07T10:00:00+00:00"
KINDS = (Single, Multiple, Order, Match, FillIn, Predict)
NOTE = (
    "# Heading\n\nA **note** with `code`, a [link](skill:sql.joins), a very"
    + "long" * 40
    + "word\n\n```\n"
    + "wide " * 60
    + "\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |"
)


@contextmanager
def monday(home: Path) -> Iterator[httpx2.Client]:
    """The first day: one drill of each kind, none of them right."""
    with serving(home) as server, server.client() as client:
        server.settle()
        assert client.get("/").status_code == 200
        for kind in KINDS:
            drill = first_of(kind)
            assert client.post(f"/drills/{drill.id}", data=_wrong_answer(drill)).status_code == 200
        yield client


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A learner who did things on Monday and comes back on Thursday, with a run that failed."""
    folder = tmp_path_factory.mktemp("busy")
    home = folder / "home"
    with monday(home) as client:
        for place in ({"kind": "skill", "ref": "sql.joins"}, {"kind": "day", "ref": "2027-01-04"}):
            assert client.post("/api/v1/notes", json={**place, "text": NOTE}).status_code == 201
    mine = reference_folder(folder / "mine")
    app = mine / "app.py"
    app.write_text(
        app.read_text(encoding="utf-8").replace('"Location"', '"X-Location"').replace('"location"', '"x-location"')
    )
    command = [*COMMAND, "prove", str(mine), "--only", "1", "2", "races.one_owner_per_alias"]
    subprocess.run(command, env=environment(home, THURSDAY), capture_output=True, timeout=120)
    with serving(home, now=THURSDAY) as server:
        yield server


def _wrong_answer(drill: object) -> dict[str, object]:
    match drill:
        case Single() | Multiple():
            return {"answer": [choice.key for choice in drill.choices if not choice.right][:1]}
        case Order():
            return {"order": [part_key(item) for item in reversed(drill.items)]}
        case Match():
            return {f"match.{part_key(left)}": part_key(drill.pairs[0][1]) for left, _ in drill.pairs}
    return {"text": "wrong"}


@pytest.mark.parametrize("width", WIDTHS)
def test_busy_pages_are_accessible_and_fit(busy: Server, open_page: OpenPage, width: int) -> None:
    page = open_page(width)
    run = newest_run(busy)["id"]
    with busy.client() as client:
        note = client.get("/api/v1/notes").json()["items"][0]["id"]
    found: list[str] = []
    for path in (
        "/",
        "/skills/sql.joins",
        "/notes",
        "/notes?q=note",
        "/reviews",
        "/progress",
        f"/runs/{run}",
        f"/notes/{note}",
    ):
        page.goto(busy.url + path)
        found += faults_in_both(page)
    page.goto(f"{busy.url}/settings")
    page.get_by_label("Days off").fill("never")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found += faults_in_both(page)
    assert not found, "\n".join(found)


def test_a_late_plan_offers_ways_out_to_press(tmp_path: Path, open_page: OpenPage) -> None:
    found: list[str] = []
    with serving(tmp_path / "home") as server:
        server.settle(deadline="2027-06-30", road="build-and-interview", minutes=["15"] * 7)
        for width in WIDTHS:
            page = open_page(width)
            for path in ("/", "/plan", "/progress", "/settings"):
                page.goto(server.url + path)
                found += faults_in_both(page)
        page = open_page(java_script_enabled=False)
        page.goto(f"{server.url}/plan")
        page.get_by_role("button", name="Leave optional steps out").click()
        expect(page.get_by_role("status")).to_contain_text("Taken")
        expect(page.get_by_text("Since this day began")).to_be_visible()
        page.get_by_role("button", name="Move the deadline").click()
        expect(page.get_by_text("The plan fits")).to_be_visible()
        page.goto(f"{server.url}/settings")
        address = page.locator("#calendar code").first.inner_text()
        page.get_by_role("button", name="Make a new address").click()
        expect(page.get_by_role("status")).to_contain_text("new address")
        assert page.locator("#calendar code").first.inner_text() != address
        assert not found, "\n".join(found)


def test_the_first_page_is_accessible_and_fits(tmp_path: Path, open_page: OpenPage) -> None:
    found: list[str] = []
    with serving(tmp_path / "home") as server:
        for width in WIDTHS:
            page = open_page(width)
            page.goto(f"{server.url}/setup")
            found += faults_in_both(page)
            page.get_by_label("Days off").fill("never")
            page.get_by_role("button", name="Make my plan").click()
            expect(page.get_by_role("alert")).to_be_visible()
            found += faults_in_both(page)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("kind", KINDS)
def test_answered_drills_are_accessible_and_fit(settled: Server, open_page: OpenPage, kind: type) -> None:
    """In the colours where contrast is hardest, on the narrow screen."""
    drill = first_of(kind)
    found: list[str] = []
    for scheme, rightly in (("dark", False), ("light", True)):
        page = open_page(375, color_scheme=scheme)
        page.goto(f"{settled.url}/drills/{drill.id}")
        found += faults(page)
        answer_by_keyboard(page, drill, rightly=rightly)
        expect(page.locator(".outcome")).to_be_visible()
        found += faults(page)
    assert not found, "\n".join(found)


def test_three_missed_days_are_told_and_the_road_goes_on(busy: Server, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(busy.url)
    expect(page.locator("details.notice")).to_contain_text("missed")
    expect(page.get_by_role("link", name="drills, about")).to_be_visible()
    page.goto(f"{busy.url}/plan")
    monday = page.locator("[id='2027-01-04']")
    expect(monday.locator("li.done").first).to_be_visible()
    expect(page.locator(".day.today")).to_contain_text("today")
    page.goto(f"{busy.url}/progress")
    expect(page.locator(".figures")).to_contain_text("learning")
    expect(page.get_by_role("table").last.get_by_role("row")).not_to_have_count(1)
    expect(page.locator(".heatmap rect.shade-1, .heatmap rect.shade-2").first).to_be_attached()


def test_reviews_one_after_another(tmp_path: Path, open_page: OpenPage) -> None:
    """In the order of the queue, until nothing is due."""
    with monday(tmp_path / "home"):
        pass
    with serving(tmp_path / "home", now=THURSDAY) as server:
        page = open_page()
        page.goto(f"{server.url}/reviews")
        due = page.locator("ul.rows li").count()
        assert due == len(KINDS)
        page.get_by_role("link", name=f"Review {due} drills").click()
        answered: list[str] = []
        for _ in range(due):
            answered.append(page.url)
            drill = next(one for one in map(first_of, KINDS) if one.id in page.url)
            answer_by_keyboard(page, drill, rightly=True)
            expect(page.locator(".outcome")).to_contain_text("the next review is set")
            page.locator("#next").click()
            page.wait_for_url(lambda url: url != answered[-1])
        assert len(set(answered)) == due, "each came once"
        expect(page).to_have_url(f"{server.url}/")
        page.goto(f"{server.url}/reviews")
        expect(page.get_by_text("Nothing is due today")).to_be_visible()
        expect(page.get_by_role("heading", name="Coming up")).to_be_visible()


def test_the_export_can_be_downloaded(busy: Server, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    page.goto(f"{busy.url}/settings")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export everything").click()
    assert download.value.suggested_filename == "backroad-2027-01-07.zip"
    download.value.save_as(tmp_path / "export.zip")
    assert (tmp_path / "export.zip").read_bytes().startswith(b"PK")


@pytest.mark.parametrize("kind", NOTES)
def test_hostile_notes_do_nothing(settled: Server, open_page: OpenPage, kind: str) -> None:
    """Where they are shown, listed, found and edited. Dialogs, console errors and foreign requests fail the test."""
    page = open_page()
    with settled.client() as client:
        note = {"kind": "skill", "ref": "auth.jwt", "text": f"hostile {NOTES[kind]}"}
        made = client.post("/api/v1/notes", json=note).json()["id"]
        for path in ("/skills/auth.jwt", "/notes", "/notes?q=hostile", f"/notes/{made}"):
            page.goto(settled.url + path)
            page.locator("main").hover()
            for link in page.locator(".note .lesson a").all():
                address = link.get_attribute("href") or ""
                assert address == "" or address.startswith(("https://", "/", "#", "mailto:")), address
        client.delete(f"/api/v1/notes/{made}")
    page.wait_for_timeout(100)


def test_every_page_can_be_read_without_javascript(busy: Server, open_page: OpenPage) -> None:
    page = open_page(375, java_script_enabled=False)
    run = newest_run(busy)["id"]
    for path in (*PAGES, "/notes?q=note", f"/runs/{run}"):
        page.goto(busy.url + path)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert len(page.locator("main").inner_text()) > 40, path
        assert page.locator("button[hidden]:not([data-copy])").count() == 0, path


@pytest.mark.parametrize("kind", KINDS)
def test_drills_can_be_answered_without_javascript(settled: Server, open_page: OpenPage, kind: type) -> None:
    drill = first_of(kind)
    page = open_page(375, java_script_enabled=False)
    page.goto(f"{settled.url}/drills/{drill.id}")
    match drill:
        case Single() | Multiple():
            for choice in drill.choices:
                if choice.right:
                    page.locator(f"input[value='{choice.key}']").check()
        case Order():
            expect(page.locator("[data-move]").first).to_be_hidden()
            for number, item in enumerate(drill.items, 1):
                page.locator(f"select[name='place.{part_key(item)}']").select_option(str(number))
        case Match():
            for left, right in drill.pairs:
                page.locator(f"select[name='match.{part_key(left)}']").select_option(part_key(right))
        case FillIn():
            page.locator("#text").fill(drill.answers[0])
        case Predict():
            page.locator("#text").fill(drill.output)
    page.get_by_role("button", name="Answer").click()
    expect(page.locator(".outcome .verdict")).to_contain_text("passed")
    page.get_by_role("link", name="Next drill").or_(page.get_by_role("link", name="Back to the skill")).click()
    expect(page.locator(".outcome")).to_have_count(0)


def test_an_answer_that_cannot_be_judged_is_told_and_kept(settled: Server, open_page: OpenPage) -> None:
    """Two lines with one place, as it can happen without JavaScript."""
    drill = first_of(Order)
    page = open_page(375, java_script_enabled=False)
    page.goto(f"{settled.url}/drills/{drill.id}")
    for line in page.locator(".order select").all():
        line.select_option("1")
    page.get_by_role("button", name="Answer").click()
    expect(page.get_by_role("alert")).to_contain_text("Two lines have the same place")
    expect(page.get_by_role("button", name="Answer")).to_be_visible()


def test_a_note_can_be_written_without_javascript(settled: Server, open_page: OpenPage) -> None:
    page = open_page(375, java_script_enabled=False)
    page.goto(f"{settled.url}/notes/new?kind=skill&ref=net.dns")
    page.get_by_label("Text").fill("plain and *simple*")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".note em", has_text="simple")).to_be_visible()


@pytest.mark.parametrize(
    "path", ["/", "/road", "/skills/sql.joins", "/drills/sql.joins/how-many-rows", "/settings", "/labs/shortener"]
)
@pytest.mark.parametrize("width", [375, 1280])
def test_focus_can_be_seen_and_goes_through_the_page(
    settled: Server, open_page: OpenPage, path: str, width: int
) -> None:
    page = open_page(width)
    page.goto(settled.url + path)
    seen = []
    for _ in range(25):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                """() => {
                    const element = document.activeElement, style = getComputedStyle(element);
                    const box = element.getBoundingClientRect();
                    return {
                        name: element.outerHTML.slice(0, 100),
                        own: element.matches(":focus"),  // else a part of it that the browser draws, as a calendar
                        outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
                        visible: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
                    };
                }"""
            )
        )
    stops = [stop for stop in seen if stop["own"] and not stop["name"].startswith("<body")]
    assert len({stop["name"] for stop in stops}) > 5
    assert [stop["name"] for stop in stops if not stop["outlined"]] == []
    assert [stop["name"] for stop in stops if not stop["visible"]] == []


def test_nothing_moves_for_those_who_ask_for_it(busy: Server, open_page: OpenPage) -> None:
    """And nothing takes longer than 150 ms for the others."""
    slowest = """() => Math.max(...[...document.querySelectorAll('*')].flatMap(element => {
        const style = getComputedStyle(element);
        return [...style.transitionDuration.split(','), ...style.animationDuration.split(',')].map(parseFloat);
    }))"""
    run = newest_run(busy)["id"]
    for wish, most in (("reduce", 0.001), ("no-preference", 0.15)):
        page = open_page(reduced_motion=wish)
        for path in (
            "/",
            "/road",
            "/skills/sql.joins",
            "/road/map",
            f"/runs/{run}",
            "/notes/new?kind=day&ref=2027-01-07",
        ):
            page.goto(busy.url + path)
            assert page.evaluate(slowest) <= most, (path, wish)

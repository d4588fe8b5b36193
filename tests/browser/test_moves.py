"""A session is moved by keyboard, by mouse and by finger, and without JavaScript."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.looks import WIDTHS, faults_in_both
from tests.browser.test_learners_way import press_until_focused
from tests.serving import Server, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SESSION = "learn:net.internet:0:1"
GRIP = f"[data-grip='{SESSION}']"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("moves") / "home") as server:
        server.settle()
        yield server


@pytest.fixture
def own(shared: Server) -> Iterator[Server]:
    """A plan in which nothing is moved."""
    yield shared
    with shared.client() as client:
        for wish in client.get("/api/v1/plan/wishes").json():
            session = f"{wish['kind']}:{wish['ref']}:{wish['stage']}:1"
            assert client.delete(f"/api/v1/plan/wishes/{session}").status_code in (200, 204)
        assert client.get("/api/v1/plan/wishes").json() == []


def stands(page: Page, day: str) -> None:
    expect(page.locator(f"[data-day='{day}']").locator(GRIP)).to_be_visible()


def middle(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_by_keyboard(own: Server, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{own.url}/plan")
    press_until_focused(page, GRIP)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Move Learn: How the internet works")
    press_until_focused(page, "#day")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    press_until_focused(page, "form[action='/plan/move'] button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text(re.compile("stands on Thu 7 Jan, where you moved it"))
    stands(page, "2027-01-07")
    expect(page.locator("details.notice")).to_contain_text("Since this day began")
    press_until_focused(page, GRIP)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Let the plan decide")).to_be_visible()
    press_until_focused(page, "form[action='/plan/unmove'] button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("stands on Mon 4 Jan: the plan decides.")


def test_by_mouse(own: Server, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{own.url}/plan")
    page.mouse.move(*middle(page.locator(GRIP)))
    page.mouse.down()
    page.mouse.move(*middle(page.locator("[data-day='2027-01-06']")), steps=6)
    expect(page.locator("[data-day='2027-01-06']")).to_have_class(re.compile("over-it"))
    page.mouse.up()
    expect(page.get_by_role("status")).to_contain_text("stands on Wed 6 Jan")
    stands(page, "2027-01-06")


def test_a_drag_that_is_let_go_moves_nothing(own: Server, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{own.url}/plan")
    page.mouse.move(*middle(page.locator(GRIP)))
    page.mouse.down()
    page.mouse.move(*middle(page.locator("[data-day='2027-01-06']")), steps=6)
    expect(page.locator(".dragged")).to_have_count(1)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".dragged")).to_have_count(0)
    expect(page).to_have_url(f"{own.url}/plan")
    stands(page, "2027-01-04")


def test_a_day_that_cannot_be_says_why_and_offers_the_nearest(own: Server, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{own.url}/plan")
    drills = page.locator("[data-grip='drill:net.dns:0:1']")
    page.mouse.move(*middle(drills))
    page.mouse.down()
    page.mouse.move(*middle(page.locator("[data-day='2027-01-04'] h3")), steps=6)
    page.mouse.up()
    expect(page.get_by_role("alert")).to_contain_text("cannot stand on Mon 4 Jan: its lesson comes first.")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("where you moved it")


def test_by_finger_on_today(own: Server, open_page: OpenPage) -> None:
    page = open_page(375, 740, has_touch=True, is_mobile=True)
    page.goto(own.url)
    x, y = middle(page.locator(GRIP))
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    send("touchStart", (x, y))
    send("touchMove", (x - 10, y + 10))
    strip = page.locator("[data-drops]")
    expect(strip).to_be_visible()
    send("touchMove", middle(strip.locator("[data-day='2027-01-08']")))
    expect(strip.locator(".over-it")).to_have_text("Fri 8 Jan")
    send("touchEnd")
    expect(page.get_by_role("status")).to_contain_text("stands on Fri 8 Jan, where you moved it")
    expect(page).to_have_url(re.compile(r"/\?moved="))


def test_without_javascript(own: Server, open_page: OpenPage) -> None:
    page = open_page(375, java_script_enabled=False)
    page.goto(own.url)
    page.locator(GRIP).click()
    page.get_by_label("Move to").select_option("2027-01-05")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("stands on Tue 5 Jan, where you moved it")


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_serious_after_a_move(own: Server, open_page: OpenPage, width: int) -> None:
    with own.client() as client:
        assert client.put(f"/api/v1/plan/wishes/{SESSION}", json={"day": "2027-01-06"}).status_code == 200
    page = open_page(width)
    for path in (f"/plan?moved={SESSION}", f"/plan/move?session={SESSION}", f"/?moved={SESSION}"):
        page.goto(own.url + path)
        assert faults_in_both(page) == []

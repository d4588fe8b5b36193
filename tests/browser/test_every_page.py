"""Every page: no serious accessibility violation, no sideways scrolling, readable without JavaScript."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.looks import WIDTHS, faults_in_both
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = (
    "/",
    "/road",
    "/road/map",
    "/roads",
    "/own-roads/new",
    "/skills/sql.joins",
    "/skills/arch.cap",
    "/drills/sql.joins/left-join-counts",
    "/drills/sql.joins/how-many-rows",
    "/drills/sql.joins/write-open-tickets",
    "/drills/http.methods/code-may-retry",
    "/drills/http.methods/explain-idempotent",
    "/labs",
    "/labs/shortener",
    "/checks",
    "/checks/races",
    "/reviews",
    "/plan",
    "/plan/move?session=learn:net.internet",
    "/notes",
    "/notes/new?kind=skill&ref=sql.joins",
    "/progress",
    "/credentials",
    "/verify",
    "/settings",
    "/placement",
    "/interview",
    "/setup",
    "/nothing-here",
)


@pytest.mark.long
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_serious(settled: Server, open_page: OpenPage, width: int) -> None:
    page = open_page(width)
    found = []
    for path in PAGES:
        page.goto(settled.url + path)
        found += faults_in_both(page)
    assert not found, "\n".join(found)


def test_pages_can_be_read_without_javascript(settled: Server, open_page: OpenPage) -> None:
    page = open_page(375, java_script_enabled=False)
    page.goto(f"{settled.url}/skills/sql.joins")
    expect(page.locator("article.lesson h2").first).to_be_visible()
    page.goto(f"{settled.url}/drills/sql.joins/left-join-counts")
    page.locator("#text").fill("nonsense")
    page.get_by_role("button", name="Answer").click()
    expect(page.locator(".outcome .verdict")).to_contain_text("failed")


def test_the_keyboard_reaches_the_content_first(settled: Server, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(settled.url)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"

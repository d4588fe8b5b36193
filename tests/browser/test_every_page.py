"""Every page: no serious accessibility violation, no sideways scrolling, readable without JavaScript."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = (
    "/",
    "/road",
    "/road/map",
    "/roads",
    "/skills/sql.joins",
    "/skills/arch.cap",
    "/drills/sql.joins/left-join-counts",
    "/drills/sql.joins/how-many-rows",
    "/labs",
    "/labs/shortener",
    "/reviews",
    "/plan",
    "/notes",
    "/notes/new?kind=skill&ref=sql.joins",
    "/progress",
    "/settings",
    "/setup",
    "/nothing-here",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_axe_finds_nothing_serious(settled: Server, open_page: OpenPage, width: int, scheme: str) -> None:
    page = open_page(width, color_scheme=scheme, reduced_motion="reduce")
    found = []
    for path in PAGES:
        page.goto(settled.url + path)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                nodes = "; ".join(node["html"][:120] for node in violation["nodes"][:3])
                found.append(f"{path}: {violation['id']}: {nodes}")
        sideways = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if sideways > 0:
            found.append(f"{path}: {sideways} px wider than the window")
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

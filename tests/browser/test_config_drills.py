"""A configuration drill: mended in the editor, judged with its lines, and without JavaScript."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DRILL = "/drills/docker.compose/healthy-before-start"


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1280, "light")])
def test_a_file_is_mended_by_keyboard(settled: Server, open_page: OpenPage, width: int, scheme: str) -> None:
    page = open_page(width, color_scheme=scheme, reduced_motion="reduce")
    page.goto(settled.url + DRILL)
    expect(page.locator(".cm-line .nf").first).to_have_text("services")
    page.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type("# mine")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator("#verdict")).to_contain_text("failed")
    first = page.locator(".parts .wrong").first
    expect(first).to_contain_text("A service waits until what it depends on is healthy")
    expect(first).to_contain_text("line 5: - db")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_without_javascript_a_file_that_cannot_be_read_is_kept(settled: Server, open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(settled.url + DRILL)
    page.get_by_label("Your compose.yaml").fill("services:\n\tdb:")
    page.get_by_role("button", name="Answer").click()
    expect(page.get_by_role("alert")).to_contain_text("Line 2, column 1: this is not YAML")
    expect(page.get_by_label("Your compose.yaml")).to_have_value("services:\n\tdb:")

"""A drill in which requests are written, by keyboard and without JavaScript, and what axe-core says of its pages."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.test_written_drills import sound
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DRILL = "/drills/http.methods/send-head-options"


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1280, "light")])
def test_requests_are_written_by_keyboard(settled: Server, open_page: OpenPage, width: int, scheme: str) -> None:
    page = open_page(width, color_scheme=scheme, reduced_motion="reduce")
    page.goto(settled.url + DRILL)
    page.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("HEAD /archive.tar")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator("#verdict")).to_be_focused()
    expect(page.locator("#verdict")).to_contain_text("failed")
    expect(page.locator(".parts .right")).to_contain_text("The size is learned")
    expect(page.locator(".printed")).to_contain_text("Content-Length: 38400")
    sound(page)


def test_without_javascript_requests_are_a_plain_field(settled: Server, open_page: OpenPage) -> None:
    page = open_page(375, java_script_enabled=False)
    page.goto(settled.url + DRILL)
    page.get_by_text("How requests are written").click()
    expect(page.get_by_text("{{first.headers.ETag}}")).to_be_visible()
    page.get_by_label("Your requests").fill("GET http://example.com/<b>")
    page.get_by_role("button", name="Answer").click()
    expect(page.get_by_role("alert")).to_contain_text("Line 1: 'http://example.com/<b>' is no path.")
    expect(page.get_by_label("Your requests")).to_have_value("GET http://example.com/<b>")
    page.get_by_label("Your requests").fill("GET /archive.tar?<script>alert(1)</script>\nX: <img src=x>")
    page.get_by_role("button", name="Answer").click()
    expect(page.locator(".printed")).to_contain_text("> GET /archive.tar?<script>")
    expect(page.get_by_role("button", name="Answer again")).to_be_visible()

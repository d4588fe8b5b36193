"""The editor of written drills, by keyboard and without JavaScript, and what axe-core says of the answers' pages."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SQL = "/drills/sql.joins/write-open-tickets"
CODE = "/drills/http.methods/code-may-retry"
OPEN = "/drills/http.methods/explain-idempotent"


def sound(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    serious = [
        f"{violation['id']}: {violation['nodes'][0]['html'][:120]}"
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
    assert serious == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1280, "light")])
def test_a_query_is_written_by_keyboard(settled: Server, open_page: OpenPage, width: int, scheme: str) -> None:
    page = open_page(width, color_scheme=scheme, reduced_motion="reduce")
    page.goto(settled.url + SQL)
    editor = page.locator(".cm-content")
    editor.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("SELECT")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("name AS agent, 1 AS open FROM agents")
    expect(page.locator("#text")).to_have_value("SELECT\n  name AS agent, 1 AS open FROM agents")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Answer")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_be_focused()
    expect(page.locator("#verdict")).to_contain_text("failed")
    expect(page.get_by_role("region", name="Expected")).to_contain_text("Noor")
    expect(page.locator(".cm-content")).to_contain_text("name AS agent")
    sound(page)
    editor.click()
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.get_by_role("button", name="Answer again")).to_be_visible()


def test_a_function_and_an_open_question(settled: Server, open_page: OpenPage) -> None:
    page = open_page(375, reduced_motion="reduce")
    page.goto(settled.url + CODE)
    page.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator(".parts .wrong").first).to_be_visible()
    sound(page)
    page.goto(settled.url + OPEN)
    page.get_by_label("Your answer").fill("The same effect, however often.")
    page.get_by_role("button", name="Answer").click()
    page.get_by_label("The same effect on the server").check()
    sound(page)
    page.get_by_role("button", name="Grade myself").click()
    expect(page.locator("#verdict")).to_contain_text("You graded this yourself")
    sound(page)


def test_without_javascript_the_answer_is_a_plain_field(settled: Server, open_page: OpenPage) -> None:
    page = open_page(375, java_script_enabled=False)
    page.goto(settled.url + SQL)
    page.get_by_label("Your answer").fill("SELEC 1")
    page.get_by_role("button", name="Answer").click()
    expect(page.get_by_role("alert")).to_contain_text("SQLite cannot run this")
    expect(page.get_by_label("Your answer")).to_have_value("SELEC 1")
    page.get_by_label("Your answer").fill("SELECT 1 AS agent, 2 AS open")
    page.get_by_role("button", name="Answer").click()
    expect(page.locator("#verdict")).to_contain_text("failed")

"""An interview as people meet it: begun, answered by keyboard, left, gone on with after a restart, graded."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.looks import WIDTHS, faults_in_both
from tests.serving import Server, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def looks(server: Server, open_page: OpenPage, address: str) -> list[str]:
    found = []
    for width in WIDTHS:
        page = open_page(width)
        page.goto(server.url + address)
        found += faults_in_both(page)
    return found


def begin(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_role("link", name="mock interview").click()
    page.get_by_label("20 minutes").check()
    page.get_by_label("Relational databases").check()
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Question 1 of")


def test_from_the_beginning_to_the_grades_without_javascript(tmp_path: Path, open_page: OpenPage) -> None:
    home, found = tmp_path / "home", list[str]()
    with serving(home) as server:
        server.settle()
        page = open_page(375, java_script_enabled=False)
        begin(page, server)
        expect(page.locator(".timer")).to_contain_text("left")
        page.get_by_label("Your answer").fill("Half of it")
        page.get_by_role("button", name="Leave for now").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("for today")
    with serving(home) as server:
        page = open_page(1280, java_script_enabled=False)
        page.goto(f"{server.url}/interview")
        expect(page.get_by_label("Your answer")).to_have_value("Half of it")
        found += looks(server, open_page, "/interview")
        page.get_by_role("button", name="Skip").click()
        while "Question" in page.get_by_role("heading", level=1).inner_text():
            page.get_by_label("Your answer").fill("SELECT 1 AS wrong")
            page.get_by_role("button", name="Next").or_(page.get_by_role("button", name="Finish")).click()
        expect(page.locator(".verdict")).to_have_count(1)
        address = page.url.removeprefix(server.url)
        found += looks(server, open_page, address)
        page.locator("input[type=checkbox]").first.check()
        page.get_by_role("button", name="Grade myself").click()
        expect(page.locator("#result")).to_contain_text("What to study next")
        expect(page.get_by_role("button", name="Grade myself")).to_have_count(0)
        found += looks(server, open_page, address) + looks(server, open_page, "/interview")
    assert not found, "\n".join(found)


def test_the_clock_runs_and_the_editor_is_left_by_keyboard(tmp_path: Path, open_page: OpenPage) -> None:
    with serving(tmp_path / "home") as server:
        server.settle()
        page = open_page(1280)
        begin(page, server)
        shown = page.locator("[data-clock-says]").inner_text()
        expect(page.locator("[data-clock-says]")).not_to_have_text(shown)
        while "coding" not in page.locator(".over").inner_text():
            question = page.get_by_role("heading", level=1).inner_text()
            page.get_by_role("button", name="Skip").click()
            expect(page.get_by_role("heading", level=1)).not_to_have_text(question)
        editor = page.locator(".cm-content")
        number = page.get_by_role("heading", level=1).inner_text()
        editor.click()
        page.keyboard.press("Escape")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Next")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).not_to_have_text(number)

"""The placement as people meet it: offered, answered, left, gone on with, ended; by keyboard and without JavaScript."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.looks import WIDTHS, faults_in_both
from tests.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def do_not_know(page: Page, number: int) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Question {number} of at most 25")
    button = page.get_by_role("button", name="I do not know")
    button.focus()
    page.keyboard.press("Enter")


def test_from_the_offer_to_the_result(tmp_path: Path, open_page: OpenPage) -> None:
    home, found = tmp_path / "home", list[str]()
    with serving(home) as server:
        server.settle()
        page = open_page(375, java_script_enabled=False)
        page.goto(server.url)
        page.get_by_role("link", name="Take the placement").click()
        page.get_by_role("button", name="Begin").click()
        do_not_know(page, 1)
        do_not_know(page, 2)
        expect(page.get_by_role("heading", level=1)).to_have_text("Question 3 of at most 25")
        page.get_by_role("link", name="leave it for later").click()
        expect(page.get_by_role("link", name="Take the placement, or go on with it")).to_be_visible()
    with serving(home) as server:
        for width in WIDTHS:
            page = open_page(width)
            page.goto(f"{server.url}/placement")
            expect(page.get_by_role("heading", level=1)).to_have_text("Question 3 of at most 25")
            found += faults_in_both(page)
        page.get_by_role("button", name="End the placement").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("What you probably know")
        expect(page.locator(".figures")).to_contain_text("probably new")
        for width in WIDTHS:
            page = open_page(width)
            page.goto(f"{server.url}/placement")
            found += faults_in_both(page)
    assert not found, "\n".join(found)

"""A `git` drill in the browser: by keyboard, without JavaScript, and what axe-core says of its pages."""

import pytest
from playwright.sync_api import expect

from backroad.drills.repository.run import tools
from tests.browser.conftest import OpenPage
from tests.browser.test_written_drills import sound
from tests.serving import Server

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(tools() is None, reason="needs Git 2.30 or newer"),
]

DRILL = "/drills/git.commits/take-back-one-file"


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1280, "light")])
def test_commands_are_written_by_keyboard(settled: Server, open_page: OpenPage, width: int, scheme: str) -> None:
    page = open_page(width, color_scheme=scheme, reduced_motion="reduce")
    page.set_default_timeout(30_000)
    page.goto(settled.url + DRILL)
    expect(page.get_by_text("The history", exact=True)).to_be_visible()
    sound(page)
    editor = page.locator(".cm-content")
    editor.click()
    page.keyboard.type("git status --short")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator("#verdict")).to_contain_text("nothing was counted", timeout=30_000)
    expect(page.locator(".printed")).to_contain_text("M  config.toml")
    sound(page)
    editor.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("git reset -q --hard")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator("#verdict")).to_contain_text("failed", timeout=30_000)
    expect(page.locator(".parts")).to_contain_text("The change of app.py is staged")
    expect(page.locator(".parts")).to_contain_text("--hard knows no single files")
    sound(page)
    editor.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("git restore --staged --worktree config.toml")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_contain_text("passed", timeout=30_000)
    sound(page)


def test_without_javascript_the_commands_are_a_plain_field(settled: Server, open_page: OpenPage) -> None:
    page = open_page(375, java_script_enabled=False)
    page.set_default_timeout(30_000)
    page.goto(settled.url + DRILL)
    page.get_by_label("Your commands").fill("git restore --staged")
    page.get_by_role("button", name="Answer").click()
    expect(page.locator(".printed")).to_contain_text("you must specify path(s) to restore")
    page.get_by_label("Your commands").fill("if")
    page.get_by_role("button", name="Answer again").click()
    expect(page.get_by_role("alert")).to_contain_text("This does not run: line")
    expect(page.get_by_label("Your commands")).to_have_value("if")

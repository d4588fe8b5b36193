"""Documents and Redis commands in the browser: with the editor, and as a plain form without JavaScript."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.test_written_drills import sound
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DOCUMENT = "/drills/nosql.documents/document-one-line-matches"
REDIS = "/drills/nosql.key-value/redis-best-three"


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1280, "light")])
def test_a_query_of_documents_is_answered(settled: Server, open_page: OpenPage, width: int, scheme: str) -> None:
    page = open_page(width, color_scheme=scheme, reduced_motion="reduce")
    page.goto(settled.url + DOCUMENT)
    page.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator("#verdict")).to_contain_text("failed")
    expect(page.locator(".parts .wrong")).to_contain_text("There are 3 documents, wanted 1.")
    expect(page.get_by_role("region", name="Expected")).to_contain_text("1")
    sound(page)


@pytest.mark.parametrize(("width", "scheme"), [(375, "light"), (1280, "dark")])
def test_redis_commands_are_answered_without_javascript(
    settled: Server, open_page: OpenPage, width: int, scheme: str
) -> None:
    page = open_page(width, color_scheme=scheme, java_script_enabled=False)
    page.goto(settled.url + REDIS)
    page.get_by_label("Your answer").fill("ZINCRBY board 40 eve\nZRANGE board 0 2 WITHSCORES")
    page.get_by_role("button", name="Answer").click()
    expect(page.locator(".parts")).to_contain_text("Without REV a range rises: these are the worst three.")
    expect(page.get_by_role("region", name="Got")).to_contain_text('1) "dee"')
    page.get_by_label("Your answer").fill("ZINCRBY board 40 eve\nZREVRANGE board 0 2 WITHSCORES")
    page.get_by_role("button", name="Answer again").click()
    expect(page.locator("#verdict")).to_contain_text("passed")


def test_what_redis_was_told_and_said_can_be_read(settled: Server, open_page: OpenPage) -> None:
    page = open_page(375, color_scheme="light", reduced_motion="reduce")
    page.goto(settled.url + REDIS)
    page.locator(".cm-content").click()
    page.keyboard.type("ZADD board 40 eve\nZRANGE board 0 -1")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator("pre.printed")).to_contain_text("> ZADD board 40 eve\n(integer) 1\n> ZRANGE board 0 -1")
    sound(page)

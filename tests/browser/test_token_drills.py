"""Token drills at both widths: read, answered and answered again, without JavaScript and by keyboard."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.test_written_drills import sound
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BREAK = "/drills/auth.jwt/token-without-signature"
VERIFY = "/drills/auth.jwt/token-verdicts-on-claims"
FORGED = (
    '{"alg": "none", "typ": "at+jwt"}\n\n{"iss": "https://id.example", "aud": "orders", "sub": "1", "exp": 1800000600}'
)


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1280, "light")])
def test_a_token_is_broken_by_keyboard(settled: Server, open_page: OpenPage, width: int, scheme: str) -> None:
    page = open_page(width, color_scheme=scheme, reduced_motion="reduce")
    page.goto(settled.url + BREAK)
    answer = page.get_by_label("Your answer")
    answer.fill(f"{FORGED}\n\nkey: none".replace('"none"', '"NONE"'))
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Answer")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_contain_text("failed")
    expect(page.locator(".parts")).to_contain_text("Names of algorithms are compared with their case.")
    sound(page)
    answer.fill(f"{FORGED}\n\nkey: none")
    page.get_by_role("button", name="Answer again").click()
    expect(page.locator("#verdict")).to_contain_text("passed")
    sound(page)


def test_verdicts_are_given_without_javascript(settled: Server, open_page: OpenPage) -> None:
    page = open_page(375, java_script_enabled=False)
    page.goto(settled.url + VERIFY)
    page.get_by_label("Your answer").fill("A accept")
    page.get_by_role("button", name="Answer").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing is said of token B, C, D, E, F.")
    expect(page.get_by_label("Your answer")).to_have_value("A accept")
    page.get_by_label("Your answer").fill("A accept\n" + "\n".join(f"{name} refuse exp" for name in "BCDEF"))
    page.get_by_role("button", name="Answer").click()
    expect(page.locator("#verdict")).to_contain_text("failed")
    expect(page.locator(".parts .right")).to_have_count(2)
    expect(page.locator(".parts .wrong")).to_have_count(4)

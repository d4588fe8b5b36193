"""The pages of a server where people sign in: accessible, no wider than the window, and usable with a real browser."""

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.looks import faults
from tests.server_mode import PASSWORD, Hosted

pytestmark = [pytest.mark.browser, pytest.mark.slow]
STRANGERS = ("/login", "/sign-up", "/reset", "/confirm?token=x", "/login?deleted")
PEOPLES = (
    "/",
    "/security",
    "/security/second-step",
    "/security/history",
    "/security/delete",
    "/settings",
    "/prove",
    "/admin/people",
    "/admin/audit",
)


def sign_in(page: Page, hosted: Hosted, name: str) -> None:
    page.goto(f"{hosted.url}/login")
    page.get_by_label("Email").fill(f"{name}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize(("width", "scheme"), [(375, "light"), (375, "dark"), (1280, "light"), (1280, "dark")])
def test_pages_are_accessible_and_fit(hosted: Hosted, open_page: OpenPage, width: int, scheme: str) -> None:
    page = open_page(width, color_scheme=scheme, reduced_motion="reduce")
    found: list[str] = []
    for path in STRANGERS:
        page.goto(hosted.url + path)
        found += faults(page)
    person = hosted.dana.person
    sign_in(page, hosted, "dana")
    for path in (*PEOPLES, f"/admin/people/{person.id}"):
        page.goto(hosted.url + path)
        found += faults(page)
    assert not found, "\n".join(found)


def test_from_signing_up_to_a_second_step(hosted: Hosted, open_page: OpenPage) -> None:
    page = open_page(375)
    email = "walker@example.org"
    page.goto(f"{hosted.url}/login")
    page.get_by_role("link", name="Make an account").click()
    page.get_by_label("Name").fill("Walker")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    page.goto(hosted.link(email, "/confirm"))
    page.get_by_role("button", name="This is my address").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your address is confirmed")
    sign_in(page, hosted, "walker")
    page.get_by_role("button", name="Make my plan").click()
    page.goto(f"{hosted.url}/security/second-step")
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    totp = pyotp.TOTP(page.locator("code").inner_text())
    page.get_by_label("Code").fill(totp.at(hosted.now))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".codes li")).to_have_count(10)
    recovery = page.locator(".codes li").first.inner_text()
    page.goto(hosted.url)
    page.get_by_text("More").click()
    page.get_by_role("button", name="Sign out").locator("visible=true").click()
    sign_in(page, hosted, "walker")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your code")
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{hosted.url}/")

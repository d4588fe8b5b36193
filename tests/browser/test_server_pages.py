"""The pages of server mode: no serious accessibility violation, no sideways scrolling."""

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.looks import WIDTHS, faults_in_both
from tests.server_mode import Hosted

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STRANGER = ("/login", "/sign-up", "/reset", "/verify", "/login/code")
LEARNER = (
    "/",
    "/cohorts",
    "/submissions",
    "/credentials",
    "/device",
    "/settings/tokens",
    "/security",
    "/security/second-step",
    "/security/elsewhere",
    "/security/history",
    "/security/delete",
)
ADMIN = ("/admin/people", "/admin/audit", "/cohorts")


@pytest.mark.long
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("name", "paths"), [("", STRANGER), ("alice", LEARNER), ("dana", ADMIN)])
def test_axe_finds_nothing_serious(
    hosted: Hosted, open_page: OpenPage, name: str, paths: tuple[str, ...], width: int
) -> None:
    page = open_page(width)
    if name:
        cookies = hosted.member(name).client.cookies.jar
        page.context.add_cookies([{"name": one.name, "value": one.value or "", "url": hosted.url} for one in cookies])
    found = []
    for path in paths:
        page.goto(hosted.url + path)
        found += faults_in_both(page)
    assert not found, "\n".join(found)

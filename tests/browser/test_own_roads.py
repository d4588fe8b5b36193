"""Making a road of one's own in the browser: by keyboard, without JavaScript, on a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.looks import WIDTHS, faults_in_both
from tests.own_roads import clones
from tests.own_roads.clones import ROAD
from tests.serving import Server, backroad, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("own")
    backroad(folder / "home", "road", "import", str(clones.write(folder / "clone")))
    with serving(folder / "home") as server:
        server.settle()
        yield server


def skills_in(server: Server, road: str) -> str:
    return Path(server.home, f"content/roads/{road}.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("scripted", [True, False], ids=["with-javascript", "without"])
def test_a_road_is_made_changed_and_followed(server: Server, open_page: OpenPage, scripted: bool) -> None:
    page = open_page(375, java_script_enabled=scripted)
    name = "Payments" if scripted else "Ledger"
    page.goto(f"{server.url}/roads")
    page.get_by_role("link", name="Make a road of your own").click()
    page.get_by_label("Road to copy").select_option("essentials-2026")
    page.get_by_role("button", name="Show its skills").click()
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_role("checkbox", name="DNS and domain names").uncheck()
    page.get_by_role("button", name="Make the road").click()
    expect(page.get_by_role("status")).to_contain_text("Made.")
    road = name.lower()
    assert "net.dns" not in skills_in(server, road)
    first = page.locator("section ol.rows").first
    before = first.locator("li a").all_inner_texts()
    first.locator("li").first.get_by_role("button").nth(1).press("Enter")
    expect(first.locator("li a").first).to_have_text(before[1])
    first.locator("li").first.get_by_role("button", name="Remove").click()
    expect(first.locator("li a").first).to_have_text(before[0])
    page.get_by_label("Skill", exact=True).select_option("net.dns")
    page.get_by_label("After").select_option(index=1)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(first.locator("li a").nth(1)).to_have_text("DNS and domain names")
    page.get_by_label("Title").fill("What we add")
    page.get_by_label("Its first skill").select_option("arch.cap")
    page.get_by_role("button", name="Add a step").click()
    expect(page.get_by_role("heading", name="What we add")).to_be_visible()
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator(".head")).to_contain_text(f"roads/{road}.toml")


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_serious_on_the_pages_of_own_roads(server: Server, open_page: OpenPage, width: int) -> None:
    page = open_page(width)
    found = []
    skill = f"{ROAD}.how-modems-whistle"
    for path in ("/own-roads/new", f"/own-roads/{ROAD}", f"/roads/{ROAD}", f"/skills/{skill}", "/roads", "/settings"):
        page.goto(server.url + path)
        found += faults_in_both(page)
    assert not found, "\n".join(found)

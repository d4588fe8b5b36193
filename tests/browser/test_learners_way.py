"""The learner's way, from the first visit to the replanned week, in a real browser with a real server."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backroad.drills.library import DrillLibrary
from backroad.drills.model import Drill, FillIn, Match, Multiple, Order, Predict, Single, part_key
from backroad.kit.paths import content_dir
from tests.browser.conftest import OpenPage
from tests.serving import Server, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LIBRARY = DrillLibrary(sorted((content_dir() / "skills").glob("*/*")))


def first_of(kind: type[Drill]) -> Drill:
    return next(drill for drill in LIBRARY.by_id.values() if isinstance(drill, kind))


def test_from_the_first_visit_to_a_plan(tmp_path: Path, open_page: OpenPage) -> None:
    with serving(tmp_path / "home") as server:
        page = open_page()
        page.goto(server.url)
        expect(page).to_have_url(f"{server.url}/setup")
        page.get_by_label("First day").fill("2027-01-04")
        page.get_by_label("Saturday").fill("90")
        page.get_by_label("Days off").fill("2027-01-06\n2027-01-11..2027-01-12")
        page.get_by_label("Language track").select_option("go")
        page.get_by_role("button", name="Make my plan").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("1 h for today")
        expect(page.get_by_role("heading", name="Learn", exact=True)).to_be_visible()
        page.get_by_role("link", name="Plan", exact=True).first.click()
        off = page.locator("[id='2027-01-06']")
        expect(off).to_contain_text("off")
        page.goto(f"{server.url}/skills/sql.joins")
        expect(page.get_by_role("heading", name="Resources for Go")).to_be_visible()
        expect(page.get_by_role("heading", name="Requires")).to_be_visible()
        expect(page.get_by_role("heading", name="Unlocks")).to_be_visible()


def test_a_mistake_in_the_form_keeps_what_was_typed(tmp_path: Path, open_page: OpenPage) -> None:
    with serving(tmp_path / "home") as server:
        page = open_page()
        page.goto(f"{server.url}/setup")
        page.get_by_label("Days off").fill("never")
        page.get_by_label("Monday").fill("25")
        page.get_by_role("button", name="Make my plan").click()
        expect(page.get_by_role("alert")).to_contain_text("'never' is not a date")
        expect(page.get_by_label("Monday")).to_have_value("25")


def press_until_focused(page: Page, selector: str) -> None:
    """Tab to an element, as somebody without a mouse does."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached with Tab")


def focused_value(page: Page) -> str:
    value: str = page.evaluate("document.activeElement.value")
    return value


def place_of(page: Page, key: str) -> int:
    names = "lines => lines.map(line => line.querySelector('select').name)"
    place: int = page.locator(".order li").evaluate_all(names).index(f"place.{key}")
    return place


def answer_by_keyboard(page: Page, drill: Drill, *, rightly: bool) -> None:
    """With Tab, arrows, Space, Enter and letters alone."""
    match drill:
        case Single():
            wanted = next(choice for choice in drill.choices if choice.right == rightly)
            press_until_focused(page, "input[type=radio]")
            page.keyboard.press("Space")
            while focused_value(page) != wanted.key:
                page.keyboard.press("ArrowDown")
        case Multiple():
            for _ in drill.choices:
                press_until_focused(page, "input[type=checkbox]")
                value = focused_value(page)
                if next(choice for choice in drill.choices if choice.key == value).right == rightly:
                    page.keyboard.press("Space")
        case Order():
            for place, item in enumerate(drill.items if rightly else tuple(reversed(drill.items))):
                key = part_key(item)
                if place_of(page, key) > place:
                    press_until_focused(page, f".order li:has(select[name='place.{key}']) [data-move=up]")
                while place_of(page, key) > place:
                    page.keyboard.press("Enter")
        case Match():
            rights = [right for _, right in drill.pairs]
            chosen = rights if rightly else [*rights[1:], rights[0]]
            for (left, _), right in zip(drill.pairs, chosen, strict=True):
                press_until_focused(page, f"select[name='match.{part_key(left)}']")
                while focused_value(page) != part_key(right):
                    page.keyboard.press("ArrowDown")
        case FillIn():
            press_until_focused(page, "#text")
            page.keyboard.type(drill.answers[0] if rightly else drill.wrong[0].answer)
        case Predict():
            press_until_focused(page, "#text")
            page.keyboard.type(drill.output if rightly else drill.wrong[0].answer)
    press_until_focused(page, "form.drill button.primary")
    page.keyboard.press("Enter")


def explanations(page: Page, drill: Drill, *, rightly: bool) -> None:
    """Every choice explains itself, and a tempting mistake is told by name."""
    match drill:
        case Single() | Multiple():
            shown = page.locator(".choices .why").all_inner_texts()
            assert len(shown) == len(drill.choices)
            assert all(len(text.strip()) > 10 for text in shown)
        case Order():
            expect(page.locator(".places li")).to_have_count(len(drill.items))
            expect(page.locator(".places li.wrong")).to_have_count(0 if rightly else len(drill.items) // 2 * 2)
        case Match():
            expect(page.locator(".choices li.wrong")).to_have_count(0 if rightly else len(drill.pairs))
        case FillIn() | Predict() if not rightly:
            expect(page.locator("form.drill .why")).not_to_be_empty()
            expect(page.get_by_text("Right", exact=True)).to_be_visible()
    if drill.why:
        expect(page.locator(".outcome .notice")).not_to_be_empty()


@pytest.mark.parametrize("kind", [Single, Multiple, Order, Match, FillIn, Predict])
@pytest.mark.parametrize("rightly", [True, False])
def test_a_drill_of_each_kind(settled: Server, open_page: OpenPage, kind: type[Drill], rightly: bool) -> None:
    drill = first_of(kind)
    page = open_page()
    page.goto(f"{settled.url}/drills/{drill.id}")
    answer_by_keyboard(page, drill, rightly=rightly)
    outcome = page.locator(".outcome")
    expect(outcome.locator(".verdict")).to_have_text(re.compile("passed" if rightly else "failed"))
    expect(page.locator("#next")).to_be_focused()
    explanations(page, drill, rightly=rightly)
    page.goto(f"{settled.url}/skills/{drill.skill}")
    evidence = page.locator("aside li", has_text=drill.id).first
    expect(evidence).to_contain_text("passed" if rightly else "failed")


def test_reviews_come_the_day_after_and_count(tmp_path: Path, open_page: OpenPage) -> None:
    home, drill = tmp_path / "home", first_of(Single)
    with serving(home, now="2027-01-04T10:00:00+00:00") as server:
        server.settle()
        page = open_page()
        page.goto(f"{server.url}/drills/{drill.id}")
        answer_by_keyboard(page, drill, rightly=False)
        expect(page.locator(".outcome")).to_be_visible()
        page.goto(f"{server.url}/reviews")
        expect(page.get_by_text("Nothing is due today")).to_be_visible()
    with serving(home, now="2027-01-06T10:00:00+00:00") as server:
        page = open_page()
        page.goto(server.url)
        page.get_by_role("link", name=re.compile("1 drill, about")).click()
        answer_by_keyboard(page, drill, rightly=True)
        expect(page.locator("#next")).to_have_text(re.compile("Back to today"))
        page.goto(f"{server.url}/skills/{drill.skill}")
        expect(page.locator("aside li").first).to_contain_text("review")


def test_three_missed_days_move_the_plan_and_say_so(tmp_path: Path, open_page: OpenPage) -> None:
    home = tmp_path / "home"
    with serving(home, now="2027-01-04T10:00:00+00:00") as server:
        server.settle()
        page = open_page()
        page.goto(server.url)
        expect(page.get_by_role("heading", level=1)).to_have_text("1 h for today")
    with serving(home, now="2027-01-07T10:00:00+00:00") as server:
        page = open_page()
        page.goto(server.url)
        moved = page.locator("details.notice")
        expect(moved).to_contain_text("3 days missed")
        expect(moved).to_contain_text("How the internet works")
        expect(moved).to_contain_text("Mon 4 Jan → Thu 7 Jan")
        lines = moved.locator("li").all_inner_texts()
        assert len(lines) == len(set(lines)) > 1, "each line says something of its own"


def test_notes_are_written_found_changed_and_removed(settled: Server, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{settled.url}/skills/sql.indexes")
    page.get_by_role("link", name="Note", exact=True).click()
    page.locator(".cm-content").click()
    page.keyboard.type("A **covering** index saves the zebra lookup")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".note strong", has_text="covering")).to_be_visible()
    page.goto(f"{settled.url}/notes")
    page.get_by_label("Search your notes").fill("zebr")
    page.keyboard.press("Enter")
    expect(page.locator("mark")).to_have_text("zebra")
    page.locator("#notes a").first.click()
    page.get_by_role("button", name="Remove").click()
    expect(page).to_have_url(f"{settled.url}/skills/sql.indexes")
    expect(page.locator(".note")).to_have_count(0)


def test_reading_moves_the_plan_and_not_the_standing(tmp_path: Path, open_page: OpenPage) -> None:
    with serving(tmp_path / "home") as server:
        server.settle()
        page = open_page()
        page.goto(f"{server.url}/skills/net.internet")
        page.get_by_role("button", name="I have read it").click()
        expect(page.get_by_text("read on 4 Jan 2027")).to_be_visible()
        expect(page.get_by_role("img", name="new").first).to_be_visible()
        page.goto(server.url)
        expect(page.locator("li.done", has_text="How the internet works")).to_be_visible()


def test_hostile_notes_stay_text(settled: Server, open_page: OpenPage) -> None:
    hostile = "<script>window.hit=1</script><img src=x onerror='window.hit=1'>[x](javascript:window.hit=1)"
    with settled.client() as client:
        answer = client.post("/api/v1/notes", json={"kind": "skill", "ref": "net.tls", "text": hostile})
        assert answer.status_code == 201
    page = open_page()
    page.goto(f"{settled.url}/skills/net.tls")
    expect(page.locator(".note")).to_be_visible()
    assert page.evaluate("window.hit") is None
    assert page.locator(".note script, .note img, .note a[href^='javascript']").count() == 0

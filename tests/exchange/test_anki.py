"""Cards for Anki: what becomes one, what stands on it, and that a new export updates instead of doubling."""

import io
import json
import re
import sqlite3
import zipfile
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backroad.curriculum import Curriculum, load
from backroad.drills.kinds import WRITTEN
from backroad.drills.library import DrillLibrary
from backroad.drills.load import load_drills
from backroad.drills.model import Choice, Drill
from backroad.exchange.anki import Card, Chosen, Deck, card_of, choose, write_anki
from backroad.kit.paths import content_dir
from tests.drills import samples
from tests.serving import Server, backroad, serving

pytestmark = pytest.mark.slow  # reads the whole curriculum

NOW = datetime(2027, 1, 4, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def curriculum() -> Curriculum:
    return load(content_dir())


@pytest.fixture(scope="module")
def library(curriculum: Curriculum) -> DrillLibrary:
    return DrillLibrary([curriculum.folder(skill) for skill in curriculum.skills if curriculum.has_drills(skill)])


@pytest.fixture(scope="module")
def everything(curriculum: Curriculum, library: DrillLibrary) -> Chosen:
    return choose(curriculum, library, curriculum.skills.keys())


def collection(data: bytes, folder: Path) -> dict[str, list[Any]]:
    """The tables of an .apkg that matter, as Anki finds them."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert json.loads(archive.read("media")) == {}
        (folder / "c.anki2").write_bytes(archive.read("collection.anki2"))
    connection = sqlite3.connect(folder / "c.anki2")
    try:
        decks, models = connection.execute("SELECT decks, models FROM col").fetchone()
        return {
            "notes": connection.execute("SELECT guid, mid, tags, flds, mod FROM notes ORDER BY guid").fetchall(),
            "cards": connection.execute("SELECT n.guid, c.did, c.ord, c.queue, c.type FROM cards c JOIN notes n "
                                        "ON n.id = c.nid ORDER BY n.guid").fetchall(),
            "decks": sorted((int(id_), deck["name"]) for id_, deck in json.loads(decks).items()),
            "models": sorted(json.loads(models).items()),
        }  # fmt: skip
    finally:
        connection.close()


def written(decks: tuple[Deck, ...], now: datetime, folder: Path) -> dict[str, list[Any]]:
    out = io.BytesIO()
    write_anki(decks, out, now)
    return collection(out.getvalue(), folder)


class Tags(HTMLParser):
    """What a card is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(name, (value or "").partition(":")[0]) for name, value in attrs}
        if tag not in ("br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_every_drill_that_is_no_program_becomes_one_card(everything: Chosen, library: DrillLibrary) -> None:
    cards = [card.drill for deck in everything.decks for card in deck.cards]
    assert len(cards) == len(set(cards)) == everything.cards
    left = [drill for drill in library.by_id.values() if drill.id not in set(cards)]
    assert {drill.kind for drill in left} == set(everything.left_out) <= WRITTEN.keys() - {"open"}
    assert len(left) == sum(everything.left_out.values())


def test_a_card_is_safe_html_that_needs_nothing_of_ours(everything: Chosen) -> None:
    for card in (card for deck in everything.decks for card in deck.cards):
        for text in (card.front, card.back):
            found = Tags(text)
            assert found.open == []
            assert not found.tags & {"script", "style", "img", "iframe", "form", "input", "figure", "span", "object"}
            assert found.attributes <= {
                ("href", "https"),
                ("href", "http"),
                ("type", "A"),
                ("type", "1"),
                ("start", ""),
            }
            assert "[" not in text
            assert "{{" not in card.drill


DRILLS = [
    (samples.SINGLE, ["Which status", "301", "404"], ["<b>", "301", "It is kept by caches.", "Not ", "That move is"]),
    (samples.MULTIPLE, ["Which methods", "DELETE"], ["GET", "It reads the headers.", "Safe means"]),
    (samples.ORDER, ["<li>com</li>"], ["<ol", "<li>root</li><li>com</li><li>example.com</li>", "From the root down."]),
    (samples.MATCH, ["<li>409</li>", "<li>not found</li>"], ["<li>409 → conflict</li>", "The first digit"]),
    (samples.FILL_IN, ["____ JOIN b"], ["<code>LEFT</code> or <code>left outer</code>", "Not <code>CROSS</code>: It"]),
    (samples.PREDICT, ["print(1 + 1)"], ["2\naa", "Both lines."]),
]


@pytest.mark.parametrize(("drill", "front", "back"), DRILLS, ids=[drill.kind for drill, _, _ in DRILLS])
def test_the_front_asks_and_the_back_answers_with_reasons(drill: Drill, front: list[str], back: list[str]) -> None:
    card = card_of(drill)
    assert card
    assert [text for text in front if text not in card.front] == []
    assert [text for text in back if text not in card.back] == []
    assert all(text not in card.front for text in back[-1:])
    assert card_of(drill) == card


def test_an_open_question_has_its_points_and_a_program_is_no_card(tmp_path: Path) -> None:
    toml = samples.SQL_TOML + samples.CODE_TOML + samples.OPEN_TOML
    drills = load_drills(samples.write_skill(tmp_path, "area.one", drills=toml, lesson=""))
    cards = {drill.kind: card_of(drill) for drill in drills}
    assert [kind for kind, card in cards.items() if card is None] == ["sql", "code"]
    card = cards["open"]
    assert card
    assert "<strong>rows</strong>" in card.back
    assert "<li>by a condition</li>" in card.back


def test_hostile_text_stays_text() -> None:
    bad = '<script>x()</script> [sound:x.mp3] [latex]y[/latex] <img src=x> {{Front}} "\'& <b onclick="z()">'
    drill = msgspec.structs.replace(
        samples.SINGLE, prompt=bad, choices=(Choice(bad, bad, right=True), *samples.SINGLE.choices[1:])
    )
    card = card_of(drill)
    assert card
    for text in (card.front, card.back):
        assert not Tags(text).tags & {"script", "img"}
        assert ("onclick", "z()") not in Tags(text).attributes
        assert "[sound" not in text
        assert "&lt;script&gt;" in text


def test_a_second_export_has_the_same_ids_and_the_newer_text(everything: Chosen, tmp_path: Path) -> None:
    decks = everything.decks[:2]
    one = written(decks, NOW, tmp_path)
    first = decks[0].cards[0]
    changed = Deck(decks[0].area, decks[0].title, (msgspec.structs.replace(first, back="New."), *decks[0].cards[1:]))
    two = written((changed, *decks[1:]), NOW + timedelta(days=9), tmp_path)
    assert two["decks"] == one["decks"]
    assert {name for _, name in one["decks"]} == {"Default", *(f"Backroad::{deck.title}" for deck in decks)}
    assert [name for name, _ in two["models"]] == [name for name, _ in one["models"]]
    assert [note[:3] for note in two["notes"]] == [note[:3] for note in one["notes"]]
    assert two["cards"] == one["cards"]
    differ = [new for old, new in zip(one["notes"], two["notes"], strict=True) if old[3] != new[3]]
    assert [note[3].split("\x1f") for note in differ] == [[first.drill, first.front, "New."]]
    assert {new[4] - old[4] for old, new in zip(one["notes"], two["notes"], strict=True)} == {9 * 86_400}


def test_a_new_drill_moves_no_id_of_another(tmp_path: Path) -> None:
    cards = tuple(Card(f"a.b/{name}", "a.b", name, "x") for name in "abc")
    one = written((Deck("a", "A", cards[:2]),), NOW, tmp_path)
    two = written((Deck("a", "A", (cards[2], *cards[:2])),), NOW, tmp_path)
    assert {note[0] for note in one["notes"]} < {note[0] for note in two["notes"]}
    assert len(two["notes"]) == len(two["cards"]) == 3


@pytest.mark.slow
def test_the_whole_package_is_sound(everything: Chosen, tmp_path: Path) -> None:
    found = written(everything.decks, NOW, tmp_path)
    assert len(found["notes"]) == len(found["cards"]) == everything.cards
    assert len({note[0] for note in found["notes"]}) == everything.cards
    assert len(found["decks"]) == len(everything.decks) + 1
    assert {card[2:] for card in found["cards"]} == {(0, 0, 0)}, "new, and none suspended"
    assert all(re.fullmatch(r" [a-z0-9-]+\.[a-z0-9-]+ ", note[2]) for note in found["notes"])
    assert all(note[3].startswith(f"{note[2].strip()}/") for note in found["notes"])
    assert list(tmp_path.iterdir()) == [tmp_path / "c.anki2"]


@pytest.mark.slow
def test_the_command_exports_what_was_begun(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home) as running:
        running.settle()
        with running.client() as client:
            answer = client.get("/export/anki")
            assert (answer.status_code, answer.headers["location"]) == (303, "/settings?no-cards#data")
            assert "You have begun no skill whose drills make cards." in client.get("/settings?no-cards").text
        _begin(running)
        with running.client() as client:
            page = client.get("/settings").text
            assert 'href="/export/anki"' in page
            answer = client.get("/export/anki")
            assert client.get("/export/anki?skills=nonsense").status_code == 400
    assert answer.headers["content-disposition"] == 'attachment; filename="backroad-2027-01-04.apkg"'
    downloaded = collection(answer.content, tmp_path)
    assert {note[2].strip() for note in downloaded["notes"]} == {"http.status-codes"}
    done = backroad(home, "export", "--anki", "mine.apkg")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(r"Wrote \d+ cards of 1 skill in 1 deck to mine.apkg\.\n", done.stdout)
    assert "Left out: drills that are written" in done.stdout
    found = collection((tmp_path / "mine.apkg").read_bytes(), tmp_path)
    assert [note[:4] for note in found["notes"]] == [note[:4] for note in downloaded["notes"]]
    again = backroad(home, "export", "--anki", ".", "--skills", "all", "--json")
    said = json.loads(again.stdout)
    assert (said["file"], said["cards"] > 900, said["left_out"]["sql"] > 5) == ("backroad-2027-01-04.apkg", True, True)
    refusals = {
        ("--anki", "x.apkg", "--skills", "practised"): "None of your skills is practised yet.",
        ("x.zip", "--anki", "x.apkg"): "Two files are named.",
        ("--anki", "absent/x.apkg"): "absent/x.apkg cannot be written: No such file or directory.",
        ("--anki", "c.anki2"): "c.anki2 is there already and is not an export.",
    }
    for words, sentence in refusals.items():
        done = backroad(home, "export", *words)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"backroad: {sentence}")


def _begin(running: Server) -> None:
    with running.client() as client:
        listed = client.get("/api/v1/skills/http.status-codes/drills").json()
        single = next(drill["id"] for drill in listed if drill["kind"] == "single")
        key = client.get(f"/api/v1/drills/{single}").json()["choices"][0]["key"]
        assert client.post(f"/api/v1/drills/{single}/answers", json={"answer": key}).status_code == 201

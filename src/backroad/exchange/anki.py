"""Drills as Anki cards: an .apkg with a deck for each area.

A new export updates what an older one brought: the note type, the decks and the notes (by their GUID) have ids that
follow from ours. Anki takes a note's newer text and leaves its schedule alone.
"""

import hashlib
import html
import itertools
import json
import sqlite3
import tempfile
import zipfile
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, Literal, get_args

import msgspec
from sqlalchemy import Connection

from backroad.curriculum import Curriculum
from backroad.drills.kinds.open import Open
from backroad.drills.library import DrillLibrary
from backroad.drills.model import Drill, FillIn, Match, Multiple, Order, Predict, Single, show
from backroad.exchange.portable_html import clean
from backroad.kit.clock import local_day
from backroad.kit.errors import NotFound
from backroad.kit.markdown import render_code, render_inline, render_note
from backroad.progress import actions as progress

Which = Literal["begun", "practised", "all"]
WHICH: tuple[Which, ...] = get_args(Which)
MODEL_ID = 1_733_504_210
"""Of the note type. Another set of fields needs another number."""
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_LETTERS = "ABCDEFGHIJ"
_STYLE = """
.card { font: 18px/1.5 system-ui, sans-serif; max-width: 40em; margin: 0 auto; padding: 0 1em; text-align: left; }
pre { overflow-x: auto; padding: .5em .75em; border: 1px solid #8886; border-radius: 4px; font-size: 15px; }
code { font-family: ui-monospace, monospace; }
.from { font-size: 13px; opacity: .7; }
"""


class Card(msgspec.Struct, frozen=True):
    """One drill as HTML: what is asked, and the right answer with its reasons."""

    drill: str
    skill: str
    front: str
    back: str


class Deck(msgspec.Struct, frozen=True):
    area: str
    title: str
    cards: tuple[Card, ...]


class Chosen(msgspec.Struct, frozen=True):
    """`left_out` counts by kind the drills that are no cards: they are written, and judged by what the answer does.
    `private` counts skills of the learner's own that are not to leave."""

    decks: tuple[Deck, ...]
    skills: int
    left_out: Mapping[str, int]
    private: int = 0

    @property
    def cards(self) -> int:
        return sum(len(deck.cards) for deck in self.decks)


def skills_for(tx: Connection, learner: str, which: Which, curriculum: Curriculum, now: datetime) -> Collection[str]:
    """Those that the learner has begun, those practised or proven, or all; a `NotFound` where there are none."""
    if which == "all":
        return curriculum.skills.keys()
    levels = {skill: standing.level for skill, standing in progress.standings(tx, learner, now).items()}
    if which == "practised":
        found = {skill for skill, level in levels.items() if level in ("practised", "proven")}
    else:
        found = {skill for skill, level in levels.items() if level != "new"} | progress.read_skills(tx, learner).keys()
    if not found:
        raise NotFound(
            f"None of your skills is {which} yet.",
            "Answer a drill first, or export all: backroad export --anki FILE.apkg --skills all.",
        )
    return found


def choose(curriculum: Curriculum, library: DrillLibrary, skills: Collection[str]) -> Chosen:
    decks: list[Deck] = []
    left_out: Counter[str] = Counter()
    known = [skill for skill in curriculum.skills.values() if skill.id in skills]
    for area in curriculum.areas.values():
        cards: list[Card] = []
        for skill in known:
            for drill in library.of_skill(skill.id) if skill.area == area.id and not skill.private else ():
                card = card_of(drill)
                cards += [card] if card else []
                left_out[drill.kind] += card is None
        if cards:
            decks.append(Deck(area.id, area.title, tuple(cards)))
    if not decks:
        raise NotFound("No drill of these skills makes a card.", "Export those of more skills.")
    return Chosen(tuple(decks), len(known), +left_out, sum(skill.private for skill in known))


def card_of(drill: Drill) -> Card | None:
    """None for what is written and executed: a card could only show a program to learn by heart."""
    shown = show(drill, learner="", seed="")  # the same order at each export
    front, why = [render_note(drill.prompt)], render_note(drill.why) if drill.why else ""
    match drill:
        case Single() | Multiple():
            letters = {part.text: _LETTERS[place] for place, part in enumerate(shown.choices)}
            front.append(_list((part.text for part in shown.choices), kind="A"))
            ordered = sorted(drill.choices, key=lambda choice: (not choice.right, letters[choice.text]))
            back = [_choice(letters[choice.text], choice.text, choice.why, right=choice.right) for choice in ordered]
        case Order():
            front.append(_list((part.text for part in shown.items), kind=""))
            back = [_list(drill.items, kind="1")]
        case Match():
            front += [_list((part.text for part in parts), kind="") for parts in (shown.lefts, shown.rights)]
            back = [_list((f"{left} → {right}" for left, right in drill.pairs), kind="")]
        case FillIn():
            front += [render_code(drill.program)] if drill.program else []
            back = [f"<p><b>{' or '.join(_code(answer) for answer in drill.answers)}</b></p>"]
            back += [f"<p>Not {_code(wrong.answer)}: {render_inline(wrong.why)}</p>" for wrong in drill.wrong]
        case Predict():
            front.append(render_code(drill.program))
            back = [render_code(drill.output)]
        case Open():
            back = [render_note(drill.answer), "<p>Did you say this?</p>", _list(drill.rubric, kind="")]
        case _:
            return None
    return Card(drill.id, drill.skill, _clean("".join(front)), _clean("".join([*back, why])))


def _list(texts: Iterable[str], *, kind: str) -> str:
    """Numbered by `kind` (A, 1), or with dots where it is empty."""
    items = "".join(f"<li>{render_inline(text)}</li>" for text in texts)
    return f'<ol type="{kind}">{items}</ol>' if kind else f"<ul>{items}</ul>"


def _choice(letter: str, text: str, why: str, *, right: bool) -> str:
    said = f"<b>{letter}: {render_inline(text)}</b>" if right else f"Not {letter}: {render_inline(text)}"
    return f"<p>{said}<br>{render_inline(why)}</p>"


def _code(text: str) -> str:
    return f"<code>{html.escape(text, quote=False)}</code>"


def _clean(text: str) -> str:
    """What is in square brackets is a command to Anki: `[sound:…]` plays, `[latex]` is set."""
    return clean(text).replace("[", "&#91;")


def write_anki(decks: Iterable[Deck], out: IO[bytes], now: datetime) -> None:
    """The one place that knows genanki. Its own way to write a file leaves a temporary one behind."""
    import genanki  # type: ignore[import-untyped]

    model = genanki.Model(
        MODEL_ID,
        "Backroad drill",
        fields=[{"name": "Drill"}, {"name": "Front"}, {"name": "Back"}],
        templates=[
            {
                "name": "Card",
                "qfmt": '<div>{{Front}}</div><p class="from">{{Drill}}</p>',
                "afmt": '<div>{{Front}}</div><hr id="answer">{{Back}}<p class="from">{{Drill}}</p>',
            }
        ],
        css=_STYLE,
    )
    made = []
    for deck in decks:
        made.append(genanki.Deck(_number(f"deck {deck.area}"), f"Backroad::{deck.title}"))
        for card in deck.cards:
            fields = [html.escape(card.drill), card.front, card.back]
            made[-1].add_note(genanki.Note(model, fields, tags=[card.skill], guid=_guid(card.drill)))
    stamp = now.timestamp()
    with tempfile.TemporaryDirectory(prefix="backroad-") as folder:
        file = Path(folder, "collection.anki2")
        connection = sqlite3.connect(file)
        try:
            genanki.Package(made).write_to_db(connection.cursor(), stamp, itertools.count(int(stamp * 1000)))
            connection.commit()
        finally:
            connection.close()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in (("collection.anki2", file.read_bytes()), ("media", json.dumps({}).encode())):
                archive.writestr(zipfile.ZipInfo(name, _NO_TIME), data, zipfile.ZIP_DEFLATED)


def _number(text: str) -> int:
    """Where Anki expects a moment in milliseconds: stable, and far from the deck numbered 1."""
    return (1 << 40) + int.from_bytes(hashlib.sha256(f"backroad {text}".encode()).digest()[:4])


def _guid(drill: str) -> str:
    """Which never changes for a drill, else every export would double its card."""
    return hashlib.sha256(f"backroad drill {drill}".encode()).hexdigest()[:16]


def anki_name(now: datetime) -> str:
    return f"backroad-{local_day(now)}.apkg"

"""A strict reader of GIFT, written from its documentation and from how Moodle's importer behaves.

What Moodle would take silently and wrongly (an unescaped sign, a weight it cannot read, a blank line within a
question) is an error here.
"""

import re
from typing import NamedTuple

_PLACED = {":": "\ue001", "#": "\ue002", "=": "\ue003", "{": "\ue004", "}": "\ue005", "~": "\ue006", "n": "\ue007"}
_BACK = {mark: "\n" if sign == "n" else sign for sign, mark in _PLACED.items()}
_WEIGHT = re.compile(r"%(-?\d{1,2}(?:\.\d*)?)%")
GRADES = (100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20, 16.66667, 14.28571, 12.5, 11.11111,
          10, 5, 0)  # fmt: skip


class Answer(NamedTuple):
    text: str
    weight: float
    feedback: str
    right: str = ""
    """Of a pair."""


class Item(NamedTuple):
    category: str
    id: str
    tag: str
    name: str
    text: str
    kind: str
    answers: tuple[Answer, ...]
    feedback: str


def grade(weight: float) -> float:
    """The entry of Moodle's list that is meant, within its tolerance."""
    for known in (*GRADES, *(-known for known in GRADES)):
        if abs(weight - known) / 100 < 0.00001:
            return known
    raise AssertionError(f"{weight} is not in Moodle's list of grades")


def read_gift(text: str) -> list[Item]:
    assert not text.startswith("\ufeff")
    category, found = "", []
    for block in re.split(r"\n[ \t]*\n", text.strip("\n")):
        if block.startswith("$CATEGORY:"):
            assert "\n" not in block
            category = block.removeprefix("$CATEGORY:").strip().replace("\\\\", "\\")
        else:
            found.append(_item(category, block))
    return found


def _item(category: str, block: str) -> Item:
    comment, _, body = block.partition("\n")
    ids = re.findall(r"\[id:((?:\\\]|[^\]\x00-\x1f])+)\]", comment)
    tags = re.findall(r"\[tag:((?:\\\]|[^\]\x00-\x1f])+)\]", comment)
    assert comment.startswith("//")
    assert len(ids) == len(tags) == 1, comment
    assert not any(line.strip().startswith(("//", "$")) for line in body.split("\n")), body
    text = _placed(body)
    named = re.fullmatch(r"::(.*?)::(.*)", text, re.DOTALL)
    assert named, text
    assert ":" not in named[1], text
    start, end = named[2].find("{"), named[2].find("}")
    assert 0 <= start < end == len(named[2]) - 1, "the answers close the question"
    asked, inside = named[2][:start], named[2][start + 1 : end].strip()
    assert not set("~=#{}") & set(asked), asked
    assert asked.startswith("[html]")
    answers, _, feedback = inside.partition("####") if "####" in inside else (inside, "", "")
    assert not set("~=#{}") & set(feedback)
    kind, parsed = _answers(answers.strip())
    asked_text, said = _text(asked.removeprefix("[html]")), _text(feedback)
    return Item(category, ids[0].replace("\\]", "]"), tags[0], _text(named[1]), asked_text, kind, parsed, said)


def _placed(body: str) -> str:
    """With every escaped sign out of the way; an escape that does not exist is an error."""
    assert not set(_BACK) & set(body)

    def place(found: re.Match[str]) -> str:
        if found[1] == "\\":
            return "\\"
        assert found[1] in _PLACED, f"no such escape: \\{found[1]}"
        return _PLACED[found[1]]

    return re.sub(r"\\(.)", place, body, flags=re.DOTALL)


def _text(text: str) -> str:
    return "".join(_BACK.get(sign, sign) for sign in text).strip()


def _answers(inside: str) -> tuple[str, tuple[Answer, ...]]:
    if not inside:
        return "essay", ()
    assert inside[0] in "~=", "a numerical question, or true and false"
    if "~" in inside:
        single = "=" in inside
        parts = re.split(r"(?=[~=])", inside)[1:]
        assert len(parts) >= 2
        answers = tuple(_answer(part[1:], 100.0 if part[0] == "=" else None, single) for part in parts)
        assert not single or sum(answer.weight == 100 for answer in answers) == 1
        return ("single" if single else "multiple"), answers
    parts = inside[1:].split("=")
    if "->" in inside:
        pairs = []
        for part in parts:
            left, arrow, right = part.partition("->")
            assert arrow
            assert "#" not in part
            pairs.append(Answer(_text(left), 0, "", _text(right)))
        return "match", tuple(pairs)
    return "typed", tuple(_answer(part, 100.0, single=False) for part in parts)


def _answer(part: str, weight: float | None, single: bool) -> Answer:
    part = part.strip()
    found = _WEIGHT.match(part)
    if found and (weight != 100.0 or not single):
        weight, part = grade(float(found[1])), part[found.end() :]
    assert weight is not None or single, "a choice of several without a weight"
    text, _, feedback = part.partition("#")
    assert "#" not in feedback
    return Answer(_text(text), weight or 0.0, _text(feedback))

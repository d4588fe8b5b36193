"""Judges an answer to a drill. Pure: no clock, no storage, nothing the learner wrote is executed.

An answer is the JSON shape `{"answer": key or [keys]}` for choices, `{"order": [keys]}`, `{"match": {left key: right
key}}` or `{"text": "..."}`; the bare value does too. Form fields come through `from_form`.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from backroad.drills.model import (
    Drill,
    FillIn,
    Match,
    Multiple,
    Order,
    Predict,
    Single,
    fold_answer,
    fold_output,
    part_key,
)
from backroad.kit.errors import Problem

LONGEST = 10_000
"""Characters in a whole answer."""
_MOST_PARTS = 100
_RELOAD = "Reload the page and answer again: the drill may have changed."


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one choice, item, pair or typed answer.

    `ok` says that the learner dealt with this part rightly: a wrong choice left alone is ok.
    `given` and `wanted` hold texts: for an item the one put in this place and the one that belongs there; for a pair
    the right-hand sides; for a typed answer what was typed and what is right.
    """

    key: str = ""
    text: str = ""
    ok: bool
    chosen: bool = False
    right: bool = False
    given: str = ""
    wanted: str = ""
    why: str = ""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """`score` runs from 0 to 1 and is 1 exactly when the drill is passed; `right` is the right answer as texts."""

    drill: str
    content_hash: str
    outcome: Literal["passed", "failed"]
    score: float
    feedback: tuple[Feedback, ...]
    right: tuple[str, ...]
    why: str = ""


def from_form(fields: Iterable[tuple[str, str]]) -> dict[str, object]:
    """Form fields (`answer=k` and `order=k` repeated, `match.<k>=k`, `text=...`) as an answer; others are left out."""
    lists: dict[str, list[str]] = {}
    match: dict[str, str] = {}
    answer: dict[str, object] = {}
    for name, value in fields:
        if name in ("answer", "order"):
            lists.setdefault(name, []).append(value)
        elif name.startswith("match."):
            match[name.removeprefix("match.")] = value
        elif name == "text":
            answer["text"] = value
    if match:
        answer["match"] = match
    return answer | lists


def grade(drill: Drill, answer: object) -> Result:
    """A `Problem` if the answer cannot be judged: empty, incomplete, malformed or too long."""
    match drill:
        case Single() | Multiple():
            return _grade_choices(drill, _keys(answer, "answer"))
        case Order():
            return _grade_order(drill, _keys(answer, "order"))
        case Match():
            return _grade_match(drill, _pairs(answer))
        case FillIn():
            return _grade_fill_in(drill, _text(answer))
        case Predict():
            return _grade_predict(drill, _text(answer))


def _grade_choices(drill: Single | Multiple, keys: list[str]) -> Result:
    chosen = set(keys)
    if not chosen:
        raise Problem("You have chosen nothing.", "Choose an answer.")
    if isinstance(drill, Single) and len(chosen) > 1:
        raise Problem("You have chosen more than one answer.", "Choose exactly one.")
    _known(chosen, {choice.key for choice in drill.choices})
    feedback = tuple(
        Feedback(
            key=choice.key,
            text=choice.text,
            chosen=choice.key in chosen,
            right=choice.right,
            ok=(choice.key in chosen) == choice.right,
            why=choice.why,
        )
        for choice in drill.choices
    )
    rights = tuple(choice.text for choice in drill.choices if choice.right)
    hits = sum(part.chosen and part.right for part in feedback)
    # A wrong choice costs as much as a right one earns, so that choosing everything earns little.
    score = max(0, hits - (len(chosen) - hits)) / len(rights)
    return _result(drill, score, feedback, rights)


def _grade_order(drill: Order, keys: list[str]) -> Result:
    texts = {part_key(item): item for item in drill.items}
    _known(keys, texts)
    if len(set(keys)) < len(keys):
        raise Problem("Your order names an item twice.", "Put each item in one place.")
    if len(keys) < len(drill.items):
        raise Problem(f"Your order holds {len(keys)} of {len(drill.items)} items.", "Put every item in its place.")
    given = [texts[key] for key in keys]
    feedback = tuple(
        Feedback(key=key, text=text, ok=text == wanted, given=text, wanted=wanted)
        for key, text, wanted in zip(keys, given, drill.items, strict=True)
    )
    places = [drill.items.index(text) for text in given]
    count = len(places)
    in_order = sum(places[i] < places[j] for i in range(count) for j in range(i + 1, count))
    return _result(drill, in_order / (count * (count - 1) / 2), feedback, drill.items)


def _grade_match(drill: Match, pairs: dict[str, str]) -> Result:
    rights = {part_key(text): text for text in (*(right for _, right in drill.pairs), *drill.extra)}
    _known(pairs, {part_key(left) for left, _ in drill.pairs})
    pairs = {left: right for left, right in pairs.items() if right}
    _known(pairs.values(), rights)
    if len(pairs) < len(drill.pairs):
        raise Problem(f"You have matched {len(pairs)} of {len(drill.pairs)}.", "Match every one.")
    feedback = tuple(
        Feedback(
            key=part_key(left),
            text=left,
            ok=pairs[part_key(left)] == part_key(right),
            given=rights[pairs[part_key(left)]],
            wanted=right,
        )
        for left, right in drill.pairs
    )
    score = sum(part.ok for part in feedback) / len(feedback)
    return _result(drill, score, feedback, tuple(f"{left} → {right}" for left, right in drill.pairs))


def _grade_fill_in(drill: FillIn, text: str) -> Result:
    folded = fold_answer(text)
    ok = folded in {fold_answer(answer) for answer in drill.answers}
    why = next((wrong.why for wrong in drill.wrong if fold_answer(wrong.answer) == folded), "")
    part = Feedback(ok=ok, given=text.strip(), wanted=drill.answers[0], why=why)
    return _result(drill, float(ok), (part,), drill.answers)


def _grade_predict(drill: Predict, text: str) -> Result:
    given, wanted = fold_output(text), fold_output(drill.output)
    ok = given == wanted
    why = next((wrong.why for wrong in drill.wrong if fold_output(wrong.answer) == given), "")
    if not ok and not why:
        why = _first_difference(given, wanted)
    return _result(drill, float(ok), (Feedback(ok=ok, given=given, wanted=wanted, why=why),), (wanted,))


def _first_difference(given: str, wanted: str) -> str:
    yours, prints = given.split("\n"), wanted.split("\n")
    for number, (mine, its) in enumerate(zip(yours, prints, strict=False), 1):
        if mine != its:
            only_space = "".join(mine.split()) == "".join(its.split())
            return f"Line {number} differs" + (", in white space only." if only_space else ".")
    lines = f"{len(yours)} line" if len(yours) == 1 else f"{len(yours)} lines"
    return f"You wrote {lines}, the program prints {len(prints)}."


def _result(drill: Drill, score: float, feedback: tuple[Feedback, ...], right: tuple[str, ...]) -> Result:
    return Result(
        drill=drill.id,
        content_hash=drill.content_hash,
        outcome="passed" if score == 1 else "failed",
        score=score,
        feedback=feedback,
        right=right,
        why=drill.why,
    )


def _known(keys: Iterable[str], known: Iterable[str]) -> None:
    if not set(keys) <= set(known):
        raise Problem("This answer names something that is not in the drill.", _RELOAD)


def _field(answer: object, name: str) -> object:
    if not isinstance(answer, Mapping):
        return answer
    if name in answer:
        return answer[name]
    raise Problem(f"This answer has no `{name}`.", f"Send `{name}`, which this kind of drill asks for.")


def _keys(answer: object, name: str) -> list[str]:
    if isinstance(answer, Mapping) and not answer:
        return []
    value = _field(answer, name)
    keys = value if isinstance(value, list | tuple) else [value]
    if len(keys) > _MOST_PARTS:
        raise Problem(f"This answer has {len(keys)} parts.", _RELOAD)
    texts = [key for key in keys if isinstance(key, str)]
    if len(texts) < len(keys):
        raise Problem(f"`{name}` is not a key or a list of keys.", _RELOAD)
    _bounded(texts)
    return [text for text in texts if text]


def _pairs(answer: object) -> dict[str, str]:
    value = answer
    if isinstance(answer, Mapping) and "match" in answer:
        value = answer["match"]
    if not isinstance(value, Mapping) or not all(isinstance(part, str) for pair in value.items() for part in pair):
        raise Problem("`match` does not map keys to keys.", _RELOAD)
    if len(value) > _MOST_PARTS:
        raise Problem(f"This answer has {len(value)} parts.", _RELOAD)
    _bounded([*value.keys(), *value.values()])
    return dict(value)


def _text(answer: object) -> str:
    text = _field(answer, "text") if answer != {} else ""
    if not isinstance(text, str):
        raise Problem("`text` is not text.", "Send what you would type as one string.")
    _bounded([text])
    if not text.strip():
        raise Problem("You have written nothing.", "Write your answer.")
    return text


def _bounded(texts: list[str]) -> None:
    if sum(map(len, texts)) > LONGEST:
        raise Problem(f"This answer is longer than {LONGEST:,} characters.", "Shorten it.")
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        raise Problem("This answer is not valid Unicode.", "Type it again.")

"""Judges an answer to a drill. No clock, no storage; only the kinds in `kinds/` execute what was written, contained.

An answer is the JSON shape `{"answer": key or [keys]}` for choices, `{"order": [keys]}`, `{"match": {left key: right
key}}` or `{"text": "..."}`; the bare value does too. Form fields come through `from_form`.
"""

from collections.abc import Iterable

from backroad.drills.answers import keys_of, known, pairs_of, text_of
from backroad.drills.model import (
    Drill,
    Feedback,
    FillIn,
    Match,
    Multiple,
    Order,
    Predict,
    Result,
    Single,
    Written,
    fold_answer,
    fold_output,
    part_key,
)
from backroad.kit.errors import Problem


def from_form(fields: Iterable[tuple[str, str]]) -> dict[str, object]:
    """Form fields (`answer=k`, `order=k` and `points=k` repeated, `match.<k>=k`, `text=...`) as an answer.

    `place.<k>=3`, one for each line to order, stands for `order=k` in that order. Others are left out.
    """
    lists: dict[str, list[str]] = {}
    match: dict[str, str] = {}
    places: list[tuple[str, str]] = []
    answer: dict[str, object] = {}
    for name, value in fields:
        if name in ("answer", "order", "points"):
            lists.setdefault(name, []).append(value)
        elif name.startswith("match."):
            match[name.removeprefix("match.")] = value
        elif name.startswith("place."):
            places.append((value, name.removeprefix("place.")))
        elif name == "text":
            answer["text"] = value
    if match:
        answer["match"] = match
    if places:
        lists.setdefault("order", []).extend(_in_order(places))
    return answer | lists


def _in_order(places: list[tuple[str, str]]) -> list[str]:
    """Keys by their places, which people typed."""
    if len({value for value, _ in places}) < len(places):
        raise Problem("Two lines have the same place.", "Give each line a place of its own.")
    ordered = sorted(places, key=lambda place: int(place[0]) if place[0].isdecimal() and len(place[0]) < 4 else 0)
    return [key for _, key in ordered]


def grade(drill: Drill, answer: object) -> Result:
    """A `Problem` if the answer cannot be judged: empty, incomplete, malformed or too long."""
    match drill:
        case Single() | Multiple():
            return _grade_choices(drill, keys_of(answer, "answer"))
        case Order():
            return _grade_order(drill, keys_of(answer, "order"))
        case Match():
            return _grade_match(drill, pairs_of(answer))
        case FillIn():
            return _grade_fill_in(drill, text_of(answer))
        case Predict():
            return _grade_predict(drill, text_of(answer))
        case Written():
            return drill.grade(answer)


def _grade_choices(drill: Single | Multiple, keys: list[str]) -> Result:
    chosen = set(keys)
    if not chosen:
        raise Problem("You have chosen nothing.", "Choose an answer.")
    if isinstance(drill, Single) and len(chosen) > 1:
        raise Problem("You have chosen more than one answer.", "Choose exactly one.")
    known(chosen, {choice.key for choice in drill.choices})
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
    known(keys, texts)
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
    known(pairs, {part_key(left) for left, _ in drill.pairs})
    pairs = {left: right for left, right in pairs.items() if right}
    known(pairs.values(), rights)
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

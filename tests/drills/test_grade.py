import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backroad.drills.grade import Result, from_form, grade
from backroad.drills.model import Drill, Multiple, Order, Single, part_key, show
from backroad.kit.errors import Problem
from tests.drills.samples import ALL, FILL_IN, MATCH, MULTIPLE, ORDER, PREDICT, SINGLE

KEYS = {name: part_key(name) for name in ("`301`", "`302`", "`304`", "GET", "HEAD", "PUT", "DELETE")}


def keys(*texts: str) -> list[str]:
    return [part_key(text) for text in texts]


def matching(**wrong: str) -> dict[str, str]:
    """The right matching, but for the right-hand sides given by left-hand side."""
    chosen = dict(MATCH.pairs) | {left.removeprefix("_"): right for left, right in wrong.items()}
    return {part_key(left): part_key(right) for left, right in chosen.items()}


RIGHT: list[tuple[Drill, Any]] = [
    (SINGLE, {"answer": KEYS["`301`"]}),
    (MULTIPLE, {"answer": keys("HEAD", "GET")}),
    (ORDER, {"order": keys("root", "com", "example.com")}),
    (MATCH, {"match": matching()}),
    (FILL_IN, {"text": " Left\n"}),
    (PREDICT, {"text": "2 \r\naa\r\n"}),
]
WRONG: list[tuple[Drill, Any, float]] = [
    (SINGLE, {"answer": KEYS["`302`"]}, 0),
    (MULTIPLE, {"answer": keys("GET")}, 0.5),
    (MULTIPLE, {"answer": keys("GET", "HEAD", "PUT")}, 0.5),
    (MULTIPLE, {"answer": keys("GET", "HEAD", "PUT", "DELETE")}, 0),
    (ORDER, {"order": keys("com", "root", "example.com")}, 2 / 3),
    (ORDER, {"order": keys("example.com", "com", "root")}, 0),
    (MATCH, {"match": matching(_301="not found")}, 2 / 3),
    (MATCH, {"match": matching(_301="conflict")}, 2 / 3),
    (FILL_IN, {"text": "inner"}, 0),
    (PREDICT, {"text": "2 aa"}, 0),
]


@pytest.mark.parametrize(("drill", "answer"), RIGHT, ids=lambda value: getattr(value, "kind", ""))
def test_the_right_answer_passes(drill: Drill, answer: Any) -> None:
    result = grade(drill, answer)
    assert (result.outcome, result.score) == ("passed", 1)
    assert all(part.ok for part in result.feedback)
    assert (result.drill, result.content_hash, result.why) == (drill.id, drill.content_hash, drill.why)


@pytest.mark.parametrize(("drill", "answer"), RIGHT, ids=lambda value: getattr(value, "kind", ""))
def test_the_bare_value_is_an_answer_too(drill: Drill, answer: dict[str, Any]) -> None:
    (value,) = answer.values()
    assert grade(drill, value).outcome == "passed"


@pytest.mark.parametrize(("drill", "answer", "score"), WRONG)
def test_a_wrong_answer_fails_with_what_is_right(drill: Drill, answer: Any, score: float) -> None:
    result = grade(drill, answer)
    assert result.outcome == "failed"
    assert result.score == pytest.approx(score)
    assert not all(part.ok for part in result.feedback)
    assert result.right


def test_each_choice_is_explained() -> None:
    feedback = {part.text: part for part in grade(SINGLE, KEYS["`302`"]).feedback}
    assert (feedback["`302`"].chosen, feedback["`302`"].right, feedback["`302`"].ok) == (True, False, False)
    assert feedback["`302`"].why == "That move is temporary."
    assert (feedback["`301`"].chosen, feedback["`301`"].right, feedback["`301`"].ok) == (False, True, False)
    assert feedback["`404`"].ok
    assert all(part.why for part in feedback.values())


def test_each_place_of_an_order_says_what_belongs_there() -> None:
    result = grade(ORDER, keys("com", "root", "example.com"))
    assert [(part.given, part.wanted, part.ok) for part in result.feedback] == [
        ("com", "root", False),
        ("root", "com", False),
        ("example.com", "example.com", True),
    ]
    assert result.right == ORDER.items


def test_each_pair_says_what_was_given_and_wanted() -> None:
    result = grade(MATCH, matching(_304="not found"))
    assert [(part.text, part.given, part.wanted, part.ok) for part in result.feedback] == [
        ("301", "moved for good", "moved for good", True),
        ("304", "not found", "not changed", False),
        ("409", "conflict", "conflict", True),
    ]
    assert result.right[0] == "301 → moved for good"


def test_a_listed_wrong_answer_shows_its_own_why() -> None:
    assert grade(FILL_IN, "cross ").feedback[0].why == "It pairs everything."
    assert grade(FILL_IN, "inner").feedback[0].why == ""
    assert grade(PREDICT, "2\na2\n").feedback[0].why == "`*` repeats text."


def test_an_unlisted_wrong_output_says_where_it_differs() -> None:
    assert grade(PREDICT, "2\nab").feedback[0].why == "Line 2 differs."
    assert grade(PREDICT, " 2\naa").feedback[0].why == "Line 1 differs, in white space only."
    assert grade(PREDICT, "2").feedback[0].why == "You wrote 1 line, the program prints 2."


def form_of(answer: dict[str, Any]) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = [("csrf", "x")]
    for name, value in answer.items():
        if isinstance(value, dict):
            fields += [(f"{name}.{key}", chosen) for key, chosen in value.items()]
        else:
            fields += [(name, item) for item in (value if isinstance(value, list) else [value])]
    return fields


@pytest.mark.parametrize(("drill", "answer"), RIGHT + [(drill, answer) for drill, answer, _ in WRONG])
def test_a_form_is_graded_like_json(drill: Drill, answer: Any) -> None:
    assert grade(drill, from_form(form_of(answer))) == grade(drill, json.loads(json.dumps(answer)))


@given(st.data(), st.text(max_size=8), st.text(max_size=8))
def test_grading_is_stable_under_shuffling(data: st.DataObject, learner: str, seed: str) -> None:
    """What is chosen by its key in one order of display is judged the same in any other."""
    drills: list[Single | Multiple | Order] = [SINGLE, MULTIPLE, ORDER]
    drill = data.draw(st.sampled_from(drills))

    def answer(shown_seed: str) -> Result:
        shown = show(drill, learner=learner, seed=shown_seed)
        parts = {part.text: part.key for part in shown.choices or shown.items}
        return grade(drill, [parts[text] for text in texts])

    if isinstance(drill, Order):
        texts = data.draw(st.permutations(drill.items))
    else:
        choices = [choice.text for choice in drill.choices]
        most = 1 if isinstance(drill, Single) else None
        texts = data.draw(st.lists(st.sampled_from(choices), min_size=1, max_size=most, unique=True))
    assert answer(seed) == answer(seed + "x")


MALFORMED: list[tuple[Drill, Any, str]] = [
    (SINGLE, {}, "You have chosen nothing. Choose an answer."),
    (SINGLE, {"answer": []}, "You have chosen nothing. Choose an answer."),
    (SINGLE, {"answer": ""}, "You have chosen nothing. Choose an answer."),
    (SINGLE, {"answer": keys("`301`", "`302`")}, "You have chosen more than one answer. Choose exactly one."),
    (SINGLE, {"answer": "nonsense"}, "This answer names something that is not in the drill. Reload"),
    (SINGLE, {"text": "301"}, "This answer has no `answer`."),
    (SINGLE, {"answer": {"a": "b"}}, "`answer` is not a key or a list of keys."),
    (SINGLE, None, "`answer` is not a key or a list of keys."),
    (MULTIPLE, [["x"]], "`answer` is not a key or a list of keys."),
    (MULTIPLE, ["x"] * 101, "This answer has 101 parts."),
    (ORDER, keys("root", "root", "com"), "Your order names an item twice."),
    (ORDER, keys("root", "com"), "Your order holds 2 of 3 items."),
    (ORDER, {}, "Your order holds 0 of 3 items."),
    (MATCH, {}, "You have matched 0 of 3."),
    (MATCH, matching() | {part_key("301"): ""}, "You have matched 2 of 3."),
    (MATCH, {"match": "x"}, "`match` does not map keys to keys."),
    (MATCH, {"match": {"a": 1}}, "`match` does not map keys to keys."),
    (MATCH, {f"k{n}": "v" for n in range(101)}, "This answer has 101 parts."),
    (MATCH, {"nonsense": "x"}, "This answer names something that is not in the drill."),
    (MATCH, matching() | {part_key("301"): "nonsense"}, "This answer names something that is not in the drill."),
    (FILL_IN, {}, "You have written nothing. Write your answer."),
    (FILL_IN, {"text": " \n"}, "You have written nothing."),
    (FILL_IN, {"text": 7}, "`text` is not text."),
    (FILL_IN, "x" * 10_001, "This answer is longer than 10,000 characters. Shorten it."),
    (FILL_IN, "\ud800", "This answer is not valid Unicode. Type it again."),
    (SINGLE, "x" * 10_001, "This answer is longer than 10,000 characters. Shorten it."),
    (MATCH, {"a": "x" * 10_001}, "This answer is longer than 10,000 characters. Shorten it."),
]


@pytest.mark.parametrize(("drill", "answer", "sentence"), MALFORMED)
def test_a_malformed_answer_is_a_problem(drill: Drill, answer: Any, sentence: str) -> None:
    with pytest.raises(Problem) as caught:
        grade(drill, answer)
    assert str(caught.value).startswith(sentence)
    assert caught.value.hint.endswith(".")


KNOWN_TEXT = st.sampled_from(
    [*KEYS.values(), *matching(), *matching().values(), "answer", "order", "match", "text", ""]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | KNOWN_TEXT,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(max_size=8) | KNOWN_TEXT, inner, max_size=5)
        | st.dictionaries(st.integers(), inner, max_size=2)
    ),
    max_leaves=12,
)


@given(st.sampled_from(ALL), JSON)
def test_no_answer_raises_anything_but_a_problem(drill: Drill, answer: Any) -> None:
    with contextlib.suppress(Problem):
        result = grade(drill, answer)
        assert 0 <= result.score <= 1
        assert (result.outcome == "passed") == (result.score == 1)


@given(st.sampled_from(ALL), st.lists(st.tuples(KNOWN_TEXT | st.text(max_size=9), KNOWN_TEXT | st.text(max_size=9))))
def test_no_form_raises_anything_but_a_problem(drill: Drill, fields: list[tuple[str, str]]) -> None:
    with contextlib.suppress(Problem):
        grade(drill, from_form(fields))

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backroad.drills.model import BLANK, Choice, Drill, fold_answer, fold_output, part_key, show
from tests.drills.samples import ALL, FILL_IN, MATCH, ORDER, PREDICT, SINGLE


@pytest.mark.parametrize("drill", ALL, ids=lambda drill: drill.kind)
def test_the_same_attempt_shows_the_same_order(drill: Drill) -> None:
    assert show(drill, learner="ann", seed="1") == show(drill, learner="ann", seed="1")


def test_another_attempt_and_another_learner_see_other_orders() -> None:
    def orders(names: list[tuple[str, str]]) -> set[tuple[str, ...]]:
        return {tuple(part.key for part in show(SINGLE, learner=a, seed=b).choices) for a, b in names}

    assert len(orders([("ann", str(seed)) for seed in range(30)])) > 10
    assert len(orders([(f"learner {n}", "1") for n in range(30)])) > 10


def test_the_right_choice_is_in_each_place_equally_often() -> None:
    right = next(choice.key for choice in SINGLE.choices if choice.right)
    places = Counter(
        [part.key for part in show(SINGLE, learner="ann", seed=str(seed)).choices].index(right) for seed in range(4000)
    )
    # 1000 expected, standard deviation 27.
    assert all(900 < places[place] < 1100 for place in range(4))


def test_items_to_order_never_lie_in_the_right_order() -> None:
    for seed in range(200):
        shown = show(ORDER, learner="ann", seed=str(seed))
        texts = tuple(part.text for part in shown.items)
        assert sorted(texts) == sorted(ORDER.items)
        assert texts != ORDER.items


@pytest.mark.parametrize("drill", ALL, ids=lambda drill: drill.kind)
def test_what_is_shown_does_not_tell_the_answer(drill: Drill) -> None:
    fields = msgspec.to_builtins(show(drill, learner="ann", seed="1"))
    assert not {"right", "why", "answers", "output", "pairs", "extra", "wrong"} & fields.keys()
    assert "right" not in str(fields["choices"])


def test_a_match_shows_all_right_hand_sides_and_the_extra_ones() -> None:
    shown = show(MATCH, learner="ann", seed="1")
    assert {part.text for part in shown.rights} == {"moved for good", "not changed", "conflict", "not found"}
    assert [part.text for part in shown.lefts] == ["301", "304", "409"]


def test_the_content_hash_follows_the_question_and_the_key_only() -> None:
    replace = msgspec.structs.replace
    same = [
        replace(SINGLE, seconds=99, why="Another reason."),
        replace(SINGLE, choices=tuple(reversed(SINGLE.choices))),
        replace(SINGLE, choices=(Choice("`301`", "Said otherwise.", right=True), *SINGLE.choices[1:])),
    ]
    other = [
        replace(SINGLE, prompt="Which?"),
        replace(SINGLE, choices=SINGLE.choices[:3]),
        replace(SINGLE, choices=(Choice("`301`", "It is kept by caches."), *SINGLE.choices[1:])),
    ]
    assert {drill.content_hash for drill in same} == {SINGLE.content_hash}
    assert SINGLE.content_hash not in {drill.content_hash for drill in other}
    assert replace(ORDER, items=ORDER.items[::-1]).content_hash != ORDER.content_hash
    assert replace(PREDICT, output="3").content_hash != PREDICT.content_hash
    assert len({drill.content_hash for drill in ALL}) == len(ALL)


def test_the_content_hash_is_the_same_in_every_version_of_this_code() -> None:
    """Evidence refers to it: a change here orphans what learners have earned."""
    assert SINGLE.content_hash == "e410f297e83a187f"
    assert MATCH.content_hash == "b93dedab38c555d3"


def test_the_blank_is_exactly_four_underscores() -> None:
    assert FILL_IN.filled(r"\1 LEFT").count(r"\1 LEFT") == 1
    assert not BLANK.search("a _____ b")
    assert not BLANK.search("__init__")


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold_output(fold_output(text)) == fold_output(text)
    assert fold_output(text.replace("\n", "\r\n")) == fold_output(text.replace("\r\n", "\n"))
    assert fold_answer(f"  {text}\n") == fold_answer(text)


def test_output_keeps_leading_space_and_inner_empty_lines() -> None:
    assert fold_output("  a  \n\n b\n\n") == "  a\n\n b"


def test_a_key_is_short_and_depends_on_the_text_only() -> None:
    assert part_key(" GET\n") == part_key("GET") == Choice("GET", "why").key
    assert len(part_key("GET")) == 12

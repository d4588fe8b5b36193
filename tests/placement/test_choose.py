"""The next question, and when there is none."""

import msgspec

from backroad.placement.choose import MOST_QUESTIONS, next_question, verdict
from backroad.placement.estimate import Answer, Graph, before_any_answer, estimate_of

CHAIN = {f"a.{number}": ((f"a.{number - 1}",) if number else ()) for number in range(9)}
GRAPH = Graph.of({**CHAIN, "b.alone": ()}, {**dict.fromkeys(CHAIN, "a"), "b.alone": "b"})
GUESSES = dict.fromkeys(GRAPH.skills, 0.05)


def test_the_question_that_says_most_about_all_skills_comes_first() -> None:
    found = next_question(before_any_answer(GRAPH), GUESSES)
    assert found is not None
    assert found.skill not in ("a.8", "b.alone"), "not the end of the chain, and not the skill that stands alone"
    assert found.gain > 0.5


def test_only_skills_with_a_question_left_are_asked_about() -> None:
    found = next_question(before_any_answer(GRAPH), {"a.5": 0.05})
    assert found is not None
    assert found.skill == "a.5"
    assert next_question(before_any_answer(GRAPH), {}) is None


def test_a_question_that_is_hard_to_guess_is_worth_more() -> None:
    estimate = before_any_answer(GRAPH)
    hard, easy = (next_question(estimate, {"a.1": guess}) for guess in (0.05, 0.3))
    assert hard is not None
    assert easy is not None
    assert hard.gain > easy.gain


def test_it_ends_when_little_is_to_be_learned() -> None:
    answers = tuple(Answer(skill, False, 0.05) for skill in ("a.0", "a.0", "b.alone", "b.alone"))
    assert next_question(estimate_of(GRAPH, answers), {"a.8": 0.05}) is None


def test_it_ends_after_the_last_question() -> None:
    estimate = before_any_answer(GRAPH)
    used_up = msgspec.structs.replace(estimate, answers=(Answer("a.0", True, 0.05),) * MOST_QUESTIONS)
    assert next_question(used_up, GUESSES) is None


def test_verdicts() -> None:
    assert [verdict(chance) for chance in (0, 0.2, 0.21, 0.5, 0.79, 0.8, 1)] == [
        *["probably new"] * 2,
        *["not sure"] * 3,
        *["probably known"] * 2,
    ]

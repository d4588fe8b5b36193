"""What answers say: against exact posteriors on a small graph, and rule by rule."""

from itertools import product
from math import prod

import pytest

from backroad.placement.estimate import (
    AREA,
    GENERAL,
    KNOWN,
    LEAK,
    SLIP,
    Answer,
    Estimate,
    Graph,
    before_any_answer,
    estimate_of,
)

REQUIRES = {"a.one": (), "a.two": ("a.one",), "a.three": ("a.two",), "a.side": ("a.one",), "b.all": ("a.two", "a.side")}
GRAPH = Graph.of(REQUIRES, {skill: skill[0] for skill in REQUIRES})
SEEDS = ("1", "2", "3", "4", "5", "6")


def right(skill: str, guess: float = 0.05) -> Answer:
    return Answer(skill, True, guess)


def wrong(skill: str, guess: float = 0.05) -> Answer:
    return Answer(skill, False, guess)


def exact(answers: list[Answer]) -> dict[str, float]:
    """By adding up every state of the model."""
    total, known = 0.0, dict.fromkeys(REQUIRES, 0.0)
    for general, in_a, in_b in product(range(3), repeat=3):
        level = {"a": in_a, "b": in_b}
        latent = GENERAL[general] * AREA[general][in_a] * AREA[general][in_b]
        for values in product((False, True), repeat=len(REQUIRES)):
            state = dict(zip(REQUIRES, values, strict=True))
            weight = latent
            for skill, needed in REQUIRES.items():
                chance = KNOWN[level[skill[0]]] if all(state[other] for other in needed) else LEAK
                weight *= chance if state[skill] else 1 - chance
            weight *= prod(
                (1 - SLIP if answer.right else SLIP)
                if state[answer.skill]
                else (answer.guess if answer.right else 1 - answer.guess)
                for answer in answers
            )
            total += weight
            for skill in REQUIRES:
                known[skill] += weight * state[skill]
    return {skill: weight / total for skill, weight in known.items()}


def chances(answers: list[Answer], seed: str = "") -> Estimate:
    return estimate_of(GRAPH, tuple(answers), seed)


def test_what_was_said_to_be_new_is_left_out_with_what_builds_on_it() -> None:
    requires = {"a.1": (), "a.2": ("a.1",), "b.1": ("a.1",), "b.2": ("b.1",), "c.1": ("b.2",)}
    area_of = {skill: skill[0] for skill in requires}
    graph = Graph.of(requires, area_of, ("b",))
    assert (graph.skills, graph.left_out) == (("a.1", "a.2"), ("b.1", "b.2", "c.1"))
    silent, asked = Graph.of(requires, area_of), Graph.of(requires, area_of, ())
    assert silent.skills == asked.skills
    assert before_any_answer(asked).chance("a.1") > before_any_answer(silent).chance("a.1"), "it was not said to be new"


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [right("a.three")],
        [wrong("a.one")],
        [right("b.all", 0.25), wrong("a.side")],
        [wrong("a.two"), right("a.two")],
        [right("a.one"), right("a.two"), wrong("a.three"), right("b.all")],
    ],
)
def test_it_agrees_with_the_exact_posterior(answers: list[Answer]) -> None:
    """On the mean of a few seeds, within what so many imagined learners can tell."""
    wanted = exact(answers)
    for skill in REQUIRES:
        mean = sum(chances(answers, seed).chance(skill) for seed in SEEDS) / len(SEEDS)
        assert abs(mean - wanted[skill]) < 0.06, (skill, mean, wanted[skill])


def test_a_right_answer_credits_what_the_skill_builds_on() -> None:
    before, later = chances([]), chances([right("a.three")])
    for skill in ("a.one", "a.two", "a.three"):
        assert later.chance(skill) > 0.6 > before.chance(skill)
    assert later.chance("a.one") >= later.chance("a.three") - 0.05


def test_a_wrong_answer_lowers_what_builds_on_the_skill() -> None:
    before, later = chances([]), chances([wrong("a.one")])
    for skill in REQUIRES:
        assert later.chance(skill) < before.chance(skill)
    assert later.chance("b.all") <= LEAK + 0.03


def test_a_guess_that_is_easy_says_less() -> None:
    assert chances([right("a.one", 0.5)]).chance("a.one") < chances([right("a.one", 0.05)]).chance("a.one")


def test_one_slip_is_forgiven() -> None:
    answers = [right("b.all"), right("a.three"), wrong("a.one")]
    assert chances(answers).chance("a.one") > 0.8


def test_the_same_seed_gives_the_same_estimate() -> None:
    answers = (right("a.two"), wrong("b.all"))
    first = estimate_of(GRAPH, answers, "s")
    estimate_of.cache_clear()
    assert estimate_of(GRAPH, answers, "s") == first
    assert estimate_of(GRAPH, answers, "t").chances != first.chances


def test_skills_that_left_the_curriculum_are_passed_over() -> None:
    """Answers about them change nothing, and requirements that are not listed do not hinder."""
    assert chances([right("gone.skill")]).chances == chances([]).chances
    graph = Graph.of({"a.two": ("gone.skill",)}, {"a.two": "a"})
    assert graph.requires == ((),)
    assert estimate_of(graph, (right("a.two"),)).chance("a.two") > 0.5


def test_an_answer_that_hardly_anybody_would_give() -> None:
    """Certain guesses and contradictions leave an estimate that is one."""
    odd = [right("a.one", 1.0), wrong("a.one", 0.0), right("b.all", 0.0), wrong("b.all", 1.0), wrong("a.one")]
    assert all(0 <= chance <= 1 for chance in chances(odd).chances)

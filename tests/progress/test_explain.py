"""Why a skill stands where it stands, in sentences."""

from backroad.progress.explain import explain
from backroad.progress.model import Facts
from backroad.progress.standing import fade, judge

from .samples import FACTS, SKILL, done, right

UP = "It is practised once you answer 3 different drills right and 80 % of those you have answered."
PROVE = "To prove it, pass its checks in the lab shop or shortener."


def test_new() -> None:
    assert explain(None, FACTS, SKILL) == f"There is no evidence yet. {UP} {PROVE}"
    assert explain(None, Facts(), SKILL) == "There is no evidence yet. Nothing measures it yet."


def test_learning() -> None:
    standing = judge(SKILL, [*right("a"), done("check", "shop/cart.joins", "failed")], FACTS)
    said = "You have answered 1 drill, 1 of them right the last time. Checks that fail: shop/cart.joins."
    assert explain(standing, FACTS, SKILL) == f"{said} {UP} {PROVE}"
    placed = explain(judge(SKILL, [done("placement", "p", "passed")], FACTS), FACTS, SKILL)
    assert placed.startswith("Your placement makes it probable that you have this skill. You have not answered")


def test_practised_and_fading() -> None:
    standing = fade(judge(SKILL, right("a", "b", "c"), FACTS), 0.744)
    said = explain(standing, FACTS, SKILL)
    assert "or answer 3 of its drills right in reviews 3 days or more after the first time." in said
    assert said.endswith("It is fading: you would remember its drills with a chance of 74 %. Review them.")


def test_proven() -> None:
    evidence = [done("check", "shop/cart.joins", "passed"), done("instructor", "seen", "passed")]
    assert explain(judge(SKILL, evidence, FACTS), FACTS, SKILL) == "Proven by an instructor and the lab shop."

"""The rules of standing, one by one, and that order and repetition do not matter."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backroad.progress.model import Evidence, Facts, Level
from backroad.progress.standing import fade, judge

from .samples import FACTS, SKILL, done, histories, right

CHECK, OTHER, IN_SHOP = FACTS.checks[SKILL]


def level(*evidence: Evidence, facts: Facts = FACTS, skill: str = SKILL) -> Level:
    return judge(skill, evidence, facts).level


def check(ref: str, outcome: str, days: float = 0) -> Evidence:
    return done("check", ref, outcome, days)


def lab(days: float = 0) -> list[Evidence]:
    """Every check of the shortener that proves the skill, passed."""
    return [check(CHECK, "passed", days), check(OTHER, "passed", days)]


def test_without_evidence_a_skill_is_new() -> None:
    assert level() == "new"
    assert level(done("drill", "a", "unclear")) == "new"


@pytest.mark.parametrize("source", ["drill", "review", "check", "placement"])
def test_some_evidence_is_learning(source: str) -> None:
    assert level(done(source, CHECK if source == "check" else "a", "failed")) == "learning"


def test_three_drills_right_are_practised() -> None:
    assert level(*right("a", "b")) == "learning"
    assert level(*right("a", "b", "c")) == "practised"
    assert level(*right("a"), *right("a", days=1), *right("a", days=2)) == "learning", "three different drills"


def test_all_drills_are_enough_where_there_are_fewer_than_three() -> None:
    assert level(*right("a"), skill="sql.small") == "learning"
    assert level(*right("a", "b"), skill="sql.small") == "practised"


def test_four_in_five_last_answers_must_be_right() -> None:
    assert level(*right("a", "b", "c", "d"), done("drill", "e", "failed")) == "practised"
    assert level(*right("a", "b", "c"), done("drill", "e", "failed")) == "learning"


def test_the_last_answer_to_a_drill_counts() -> None:
    assert level(*right("a", "b", "c", days=1), done("drill", "c", "failed", 0)) == "practised"
    assert level(*right("a", "b", "c"), done("drill", "c", "failed", 1)) == "learning"


def test_a_lab_whose_checks_pass_proves() -> None:
    standing = judge(SKILL, lab(), FACTS)
    assert (standing.level, standing.proven_by) == ("proven", ("lab:shortener",))


def test_a_check_that_was_never_judged_keeps_a_lab_from_proving() -> None:
    assert level(check(CHECK, "passed")) == "learning"
    assert level(check(CHECK, "passed"), check(OTHER, "unclear", 1)) == "learning"


def test_one_failing_check_of_the_lab_keeps_it_from_proving() -> None:
    standing = judge(SKILL, [check(CHECK, "passed"), check(OTHER, "failed")], FACTS)
    assert (standing.level, standing.failing) == ("learning", (OTHER,))


def test_a_partial_run_does_not_hide_what_failed_before() -> None:
    assert level(check(CHECK, "passed"), check(OTHER, "failed"), check(CHECK, "passed", 1)) == "learning"
    assert level(check(CHECK, "passed"), check(OTHER, "failed"), check(OTHER, "passed", 1)) == "proven"


def test_a_check_that_fails_later_ends_the_proof() -> None:
    assert level(*lab(), check(CHECK, "failed", 1)) == "learning"
    assert level(*right("a", "b", "c"), *lab(), check(CHECK, "failed", 1)) == "practised"


def test_unclear_neither_proves_nor_lowers() -> None:
    assert level(check(CHECK, "unclear")) == "new"
    assert level(*lab(), check(CHECK, "unclear", 1)) == "proven"
    assert level(check(CHECK, "failed"), check(CHECK, "unclear", 1)) == "learning"


def test_each_lab_is_judged_on_its_own() -> None:
    standing = judge(SKILL, [*lab(), check(IN_SHOP, "failed", 1)], FACTS)
    assert (standing.level, standing.proven_by) == ("proven", ("lab:shortener",))


def test_checks_that_no_longer_prove_the_skill_do_not_count() -> None:
    assert level(check("shop/retired", "passed")) == "learning"
    assert level(*lab(), check("shortener/retired", "failed")) == "proven"
    assert level(check("not-installed/check", "passed")) == "proven", "a lab that is not installed still counts"


def test_three_drills_remembered_after_three_days_prove() -> None:
    first = right("a", "b", "c")
    assert level(*first, *right("a", "b", "c", source="review", days=2.9)) == "practised"
    assert level(*first, *right("a", "b", "c", days=4)) == "practised", "only reviews count"
    standing = judge(SKILL, [*first, *right("a", "b", "c", source="review", days=3)], FACTS)
    assert (standing.level, standing.proven_by) == ("proven", ("reviews",))


def test_missed_reviews_end_what_was_remembered() -> None:
    remembered = [*right("a", "b", "c"), *right("a", "b", "c", source="review", days=3)]
    assert level(*remembered, done("review", "a", "failed", 9)) == "learning"
    assert level(*remembered, *right("d", "e", days=5), done("review", "a", "failed", 9)) == "proven", "80 % are right"


def test_a_failing_check_keeps_reviews_from_proving() -> None:
    remembered = [*right("a", "b", "c"), *right("a", "b", "c", source="review", days=3)]
    assert level(*remembered, check(IN_SHOP, "failed", 4)) == "practised"


def test_reviews_missed_after_a_lab_end_its_proof_and_earlier_misses_do_not() -> None:
    passed = lab(5)
    assert level(done("review", "a", "failed", 4), *passed) == "proven"
    assert level(done("drill", "a", "failed", 6), *passed) == "proven", "practice is not a review"
    assert level(done("review", "a", "failed", 6), *passed) == "learning"
    assert level(done("review", "a", "failed", 6), *passed, check(CHECK, "passed", 7)) == "proven"


def test_an_instructor_proves_and_ends_proofs() -> None:
    said = done("instructor", "seen", "passed")
    assert level(said) == "proven"
    assert level(*lab(), done("instructor", "seen", "failed", 1)) == "learning"
    assert level(said, done("instructor", "seen", "failed", 1), *lab(2)) == "proven"
    remembered = [*right("a", "b", "c"), *right("a", "b", "c", source="review", days=3)]
    assert level(*remembered, done("instructor", "seen", "failed", 4)) == "practised"


def test_a_placement_is_kept_apart() -> None:
    assert judge(SKILL, [done("placement", "p", "passed")], FACTS).placed
    assert not judge(SKILL, [done("placement", "p", "passed"), done("placement", "p", "failed", 1)], FACTS).placed


def test_what_is_forgotten_fades_once_it_was_practised() -> None:
    practised, learning = judge(SKILL, right("a", "b", "c"), FACTS), judge(SKILL, right("a"), FACTS)
    assert fade(practised, 0.79).fading
    assert not fade(practised, 0.8).fading
    assert not fade(practised, None).fading
    assert not fade(learning, 0.1).fading


def test_counts() -> None:
    standing = judge(SKILL, [*right("a", "b"), done("drill", "b", "failed", 1), check(CHECK, "passed", 2)], FACTS)
    assert (standing.passed, standing.failed, standing.answered, standing.right) == (3, 1, 2, 1)
    assert standing.last_at == check(CHECK, "passed", 2).at


@settings(max_examples=60, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(evidence: list[Evidence], chance) -> None:
    shuffled = [*evidence, *chance.sample(evidence, len(evidence) // 2)]
    chance.shuffle(shuffled)
    assert judge(SKILL, shuffled, FACTS) == judge(SKILL, evidence, FACTS)


@settings(max_examples=60, deadline=None)
@given(histories())
def test_unclear_evidence_changes_nothing(evidence: list[Evidence]) -> None:
    decided = [item for item in evidence if item.outcome != "unclear"]
    assert judge(SKILL, evidence, FACTS) == judge(SKILL, decided, FACTS)


@pytest.mark.parametrize(
    "miss",
    [
        done("drill", "a", "failed", 1),
        done("review", "a", "failed", 1),
        done("check", CHECK, "failed", 1),
        done("instructor", "seen", "failed", 1),
    ],
)
def test_a_later_miss_ends_what_a_placement_credits(miss: Evidence) -> None:
    placement = done("placement", "p", "passed")
    assert judge(SKILL, [placement, *right("a", days=1)], FACTS).placed
    assert not judge(SKILL, [placement, miss], FACTS).placed
    assert not judge(SKILL, [placement, miss, *right("a", days=2)], FACTS).placed, "from here on, answers count"
    assert judge(SKILL, [done("placement", "p", "passed", 2), miss], FACTS).placed, "an earlier miss was known then"
    assert judge(SKILL, [placement], FACTS).level == "learning"


def test_answers_that_one_graded_oneself_do_not_end_a_placement() -> None:
    miss = done("drill", "a", "failed", 1, detail={"self_graded": True})
    assert judge(SKILL, [done("placement", "p", "passed"), miss], FACTS).placed

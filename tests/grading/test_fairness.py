"""Cohorts take turns, and within each its learners; estimates are ranges that hold what they say."""

from collections.abc import Mapping
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from backroad.grading.estimate import NOBODY, NOTHING_KNOWN, place_of, span
from backroad.grading.fairness import in_turn
from backroad.grading.model import Estimate, Waiting
from tests.grading.samples import NOW


def waiting(*who: str) -> list[Waiting]:
    """`a:ann` is Ann of cohort a; in the order in which they handed in, a second apart."""
    made = []
    for number, one in enumerate(who):
        cohort, _, learner = one.rpartition(":")
        moment = NOW + timedelta(seconds=number)
        made.append(Waiting(f"{learner}{number}", f"g{number}", learner, cohort, "toylab", moment))
    return made


def order(
    items: list[Waiting],
    running: Mapping[tuple[str, str], int] = {},
    cohorts: Mapping[str, int] = {},
    learners: Mapping[str, int] = {},
) -> list[str]:
    """Learners by turn; `cohorts` and `learners` say how many seconds ago one was last served."""
    ago = [{name: NOW - timedelta(seconds=age) for name, age in each.items()} for each in (cohorts, learners)]
    return [item.submission for item in in_turn(items, running, *ago)]


def test_who_hands_in_much_does_not_hold_the_others() -> None:
    assert order(waiting("ann", "ann", "ann", "bob", "cid")) == ["ann0", "bob3", "cid4", "ann1", "ann2"]


def test_who_was_served_longest_ago_comes_first() -> None:
    assert order(waiting("ann", "bob", "cid"), learners={"ann": 10, "cid": 20}) == ["bob1", "cid2", "ann0"]


def test_who_has_one_running_waits_for_those_who_have_none() -> None:
    assert order(waiting("ann", "bob"), running={("", "ann"): 1}, learners={"bob": 1}) == ["bob1", "ann0"]


def test_a_large_cohort_does_not_hold_a_small_one() -> None:
    crowd = [f"big:{name}" for name in ("ann", "bob", "cid", "dan")]
    found = order(waiting(*crowd, "small:eve", "small:fay"))
    assert found == ["ann0", "eve4", "bob1", "fay5", "cid2", "dan3"]


def test_one_alone_gets_everything() -> None:
    assert order(waiting("ann", "ann", "ann"), running={("", "ann"): 3}) == ["ann0", "ann1", "ann2"]


@given(st.lists(st.sampled_from(["ann", "bob", "x:ann", "x:cid", "y:dan", "y:eve"]), max_size=30))
def test_everybody_has_a_turn_once_and_nobody_two_before_another_who_waits(who: list[str]) -> None:
    items = waiting(*who)
    found = list(in_turn(items, {}, {}, {}))
    assert sorted(one.submission for one in found) == sorted(one.submission for one in items)
    for cohort in {item.cohort for item in items}:
        turns = [item.learner for item in found if item.cohort == cohort]
        taken = dict.fromkeys(set(turns), 0)
        left = {learner: turns.count(learner) for learner in taken}
        for learner in turns:
            assert all(taken[learner] <= taken[other] for other in taken if left[other]), turns
            taken[learner] += 1
            left[learner] -= 1


def test_a_whole_school_is_ordered() -> None:
    many = waiting(*(f"c{n % 20}:l{n % 900}" for n in range(5000)))
    assert len(list(in_turn(many, {}, {}, {}))) == 5000


def test_a_span_is_wider_where_little_is_known() -> None:
    assert span([]) is None
    assert span([10.0]) == (5.0, 20.0)
    assert span([float(n) for n in range(1, 101)]) == (25.0, 90.0)


def test_places_say_why_there_is_no_estimate() -> None:
    known = {"toylab": (4.0, 8.0)}
    assert place_of(1, "toylab", [], [], 0, known).why == NOBODY
    assert place_of(1, "other", [], [], 1, known).why == NOTHING_KNOWN
    assert place_of(2, "toylab", ["other"], [], 1, known).estimate is None


def test_places_are_ranges_of_what_is_before() -> None:
    known = {"toylab": (4.0, 8.0)}
    assert place_of(1, "toylab", [], [], 1, known).estimate == Estimate(4, 8)
    assert place_of(0, "toylab", [], [("toylab", 3.0)], 1, known).estimate == Estimate(1, 5)
    assert place_of(0, "toylab", [], [("toylab", 30.0)], 1, known).estimate == Estimate(0, 1)
    third = place_of(3, "toylab", ["toylab", "toylab"], [("toylab", 1.0)], 1, known).estimate
    assert third is not None
    assert third.soonest == 4 + 4 + 4 + 3
    assert third.latest >= 8 * 3 + 7
    many = place_of(3, "toylab", ["toylab", "toylab"], [("toylab", 1.0)], 8, known).estimate
    assert many is not None
    assert many.soonest == 4
    assert many.latest < third.latest

"""Which questions an interview asks, and in which order."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backroad.interview.choose import Candidate, choose
from backroad.interview.model import LENGTHS, LEVELS, MOST_QUESTIONS, Terms

AREAS = ("sql", "http", "sec", "arch", "ops")


def candidate(number: int, topic: str = "middle", seconds: int = 300, area: str = "", **more: Any) -> Candidate:
    area = area or AREAS[number % len(AREAS)]
    return Candidate(drill=f"{area}.s{number}/q", skill=f"{area}.s{number}", topic=topic, seconds=seconds, **more)  # type: ignore[arg-type]


MANY = [
    *(candidate(n, LEVELS[n % 3], 180 + 60 * (n % 5)) for n in range(90)),
    *(candidate(n, "coding", 180 + 60 * (n % 6)) for n in range(100, 120)),
]


@pytest.mark.parametrize("minutes", LENGTHS)
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", ["a", "b", "c"])
def test_it_fills_the_time_with_questions_of_the_level(minutes: Any, level: Any, seed: str) -> None:
    found = choose(MANY, Terms(level=level, minutes=minutes), seed)
    topics = [asked.topic for asked in found.questions]
    assert sum(asked.seconds for asked in found.questions) == minutes * 60
    assert len({asked.drill for asked in found.questions}) == len(topics)
    assert found.said == ""
    spoken = [topic for topic in topics if topic != "coding"]
    below = LEVELS[max(0, LEVELS.index(level) - 1)]
    assert spoken[0] == below, "to warm up"
    ended = spoken[1:] if minutes < 40 or level == "senior" else spoken[1:-1]
    assert set(ended) == {level}
    assert topics.count("coding") == (2 if minutes == 60 else 1)
    assert all(0 < place < len(topics) - 1 for place, topic in enumerate(topics) if topic == "coding")


def test_the_first_is_short_and_the_last_of_the_level_above() -> None:
    asked = choose(MANY, Terms(level="middle", minutes=60), "s").questions
    assert (asked[0].topic, asked[0].seconds) == ("junior", 180)
    assert asked[-1].topic == "senior"


def test_the_areas_mix() -> None:
    """Nothing but candidates of one area is enough to fill an hour, and still all five come."""
    lopsided = [*MANY, *(candidate(n, area="sql") for n in range(200, 240))]
    for seed in "abcdef":
        asked = [a for a in choose(lopsided, Terms(minutes=60), seed).questions if a.topic == "middle"]
        assert len({a.area for a in asked}) >= 4
        assert all(before.area != after.area for before, after in pairwise(asked))


def test_the_same_seed_gives_the_same_and_another_seed_others() -> None:
    terms = Terms()
    assert choose(MANY, terms, "a") == choose(list(reversed(MANY)), terms, "a") == choose(MANY, terms, "a")
    assert len({tuple(q.drill for q in choose(MANY, terms, str(n)).questions) for n in range(10)}) > 5


def test_what_was_not_asked_lately_comes_first() -> None:
    asked = [candidate(n, "middle", ago=1, begun=True) for n in range(20)]
    fresh = [candidate(n, "middle") for n in range(20, 24)]
    found = choose([*asked, *fresh], Terms(minutes=20, coding=False), "s")
    assert {q.drill for q in found.questions} == {item.drill for item in fresh}
    some = choose([*asked, *fresh[:2]], Terms(minutes=20, coding=False), "s")
    assert {item.drill for item in fresh[:2]} <= {q.drill for q in some.questions}
    assert some.said == "2 questions of your last interviews come again."


def test_the_longer_ago_the_better() -> None:
    old, new = candidate(1, ago=5), candidate(6, ago=1)
    assert old.area == new.area
    more = [candidate(2), candidate(3), candidate(4)]
    found = choose([old, new, *more], Terms(minutes=20, coding=False), "s")
    assert {q.drill for q in found.questions} == {item.drill for item in (old, *more)}


def test_skills_that_are_begun_come_first() -> None:
    begun = [candidate(n, begun=True) for n in range(4)]
    others = [candidate(n) for n in range(10, 40)]
    hits = 0
    for seed in range(20):
        found = choose([*begun, *others], Terms(minutes=20, coding=False), str(seed))
        hits += sum(q.drill in {item.drill for item in begun} for q in found.questions)
    assert hits >= 20 * 4 * 0.9


def test_coding_suits_the_level() -> None:
    for level, seconds in (("junior", 180), ("middle", 300), ("senior", 480)):
        coding = [q for q in choose(MANY, Terms(level=level), "s").questions if q.topic == "coding"]  # type: ignore[arg-type]
        assert [q.seconds for q in coding] == [seconds]


def test_without_coding_there_is_none() -> None:
    assert all(q.topic != "coding" for q in choose(MANY, Terms(coding=False), "s").questions)


def test_too_few_is_said() -> None:
    none = choose([], Terms(), "s")
    assert none.questions == ()
    few = choose([candidate(1, "senior"), candidate(2, "middle")], Terms(level="senior", minutes=20), "s")
    assert len(few.questions) == 2
    assert "no coding problem here" in few.said
    assert "All there is takes 10 minutes, so this interview is shorter than 20." in few.said
    others = [candidate(n, "junior") for n in range(9)]
    mixed = choose([*others, candidate(20, "senior")], Terms(level="senior", minutes=20, coding=False), "s")
    assert sum(q.seconds for q in mixed.questions) == 1200
    assert mixed.said == "There are too few senior questions here: 3 others are junior."


candidates = st.lists(
    st.builds(
        candidate,
        st.integers(0, 10_000),
        st.sampled_from([*LEVELS, "coding"]),
        st.integers(20, 900),
        begun=st.booleans(),
        ago=st.none() | st.integers(1, 5),
    ),
    max_size=40,
    unique_by=lambda item: item.drill,
)


@given(candidates, st.sampled_from(LEVELS), st.sampled_from(LENGTHS), st.booleans(), st.text(max_size=5))
def test_whatever_there_is(found: list[Candidate], level: Any, minutes: Any, coding: bool, seed: str) -> None:
    """Never over the time, nothing twice, only what was offered, and never more questions than are stored."""
    asked = choose(found, Terms(level=level, minutes=minutes, coding=coding), seed).questions
    drills = [q.drill for q in asked]
    assert sum(q.seconds for q in asked) <= minutes * 60
    assert len(set(drills)) == len(drills) <= MOST_QUESTIONS
    assert set(drills) <= {item.drill for item in found}
    spoken = [item for item in found if item.topic != "coding"]
    assert asked or not any(item.seconds <= 1200 for item in spoken)

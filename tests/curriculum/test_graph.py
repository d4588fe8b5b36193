"""The graph on small examples and on any acyclic graph."""

from hypothesis import given
from hypothesis import strategies as st

from backroad.curriculum import graph

DIAMOND = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c"), "e": ()}


@st.composite
def acyclic(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    size = draw(st.integers(0, 12))
    return {
        str(number): tuple(str(other) for other in range(number) if draw(st.integers(0, 3)) == 0)
        for number in range(size)
    }


def test_order_takes_the_lowest_rank_that_is_free() -> None:
    assert graph.order(DIAMOND) == ("a", "b", "c", "d", "e")
    assert graph.order(DIAMOND, {"e": 0, "d": 1, "c": 2, "b": 3, "a": 4}) == ("e", "a", "c", "b", "d")


def test_unlocks_ancestors_and_roots() -> None:
    assert graph.unlocks(DIAMOND) == {"a": ("b", "c"), "b": ("d",), "c": ("d",), "d": (), "e": ()}
    assert graph.ancestors(DIAMOND)["d"] == {"a", "b", "c"}
    assert graph.roots(DIAMOND) == ("a", "e")


def test_a_cycle_is_named() -> None:
    assert graph.cycle(DIAMOND) == ()
    found = graph.cycle({"a": ("c",), "b": ("a",), "c": ("b",)})
    assert found[0] == found[-1]
    assert set(found) == {"a", "b", "c"}


def test_a_redundant_requirement_is_found() -> None:
    assert graph.redundant(DIAMOND) == ()
    assert graph.redundant({**DIAMOND, "d": ("b", "a")}) == (("d", "a"),)


def test_layers_of_some_skills_follow_requirements_through_the_others() -> None:
    assert graph.layers(DIAMOND) == (("a", "e"), ("b", "c"), ("d",))
    assert graph.layers(DIAMOND, only=["a", "d"]) == (("a",), ("d",))
    assert graph.layers({}) == ()


@given(acyclic())
def test_every_order_and_layering_respects_requires(requires: dict[str, tuple[str, ...]]) -> None:
    place = {skill: number for number, skill in enumerate(graph.order(requires))}
    row = {skill: number for number, skills in enumerate(graph.layers(requires)) for skill in skills}
    assert set(place) == set(row) == set(requires)
    for skill, needed in requires.items():
        assert all(place[other] < place[skill] and row[other] < row[skill] for other in needed)

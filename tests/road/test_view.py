"""The road and its map, as the pages show them."""

from datetime import UTC, datetime

import pytest

from backroad.curriculum import Curriculum, load
from backroad.planner.outline import LabOutline
from backroad.progress import Standing
from backroad.road import map as road_map
from backroad.road import view

NOBODY: dict[str, Standing] = {}


@pytest.fixture(scope="module")
def curriculum() -> Curriculum:
    return load()


def test_every_road_can_be_shown_whole(curriculum: Curriculum) -> None:
    for road in curriculum.roads.values():
        labs = {slug: LabOutline(slug, slug, "", 60, (), ()) for step in road.steps for slug in step.labs}
        steps = view.road_steps(road, curriculum, NOBODY, labs, frozenset(), track="python", next_up=None)
        shown = [row["id"] for step in steps for row in step["skills"]]
        assert shown == [name for name in road.skills if curriculum.skill(name).suits("python")]
        assert [lab["slug"] for step in steps for lab in step["labs"]] == [
            slug for step in road.steps for slug in step.labs
        ]


def test_a_published_step_names_what_it_builds_on_once(curriculum: Curriculum) -> None:
    for road in curriculum.roads.values():
        steps = view.road_steps(road, curriculum, NOBODY, {}, frozenset(), track="python", next_up=None)
        brought = [
            title
            for step in steps
            for title in step["note"].partition("builds on: ")[2].rstrip(".").split(", ")
            if title
        ]
        titles = {curriculum.skill(name).title for name in road.skills}
        assert not titles & set(brought), "what the road teaches itself is not brought"
        assert road.id != "canonical" or not brought


def test_standing_and_the_next_skill_are_on_the_row(curriculum: Curriculum) -> None:
    first, second = curriculum.road("canonical").skills[:2]
    standings = {first: Standing(skill=first, level="proven", fading=True, last_at=datetime(2027, 1, 4, tzinfo=UTC))}
    steps = view.road_steps(
        curriculum.road("canonical"), curriculum, standings, {}, frozenset(), track="go", next_up=second
    )
    rows = {row["id"]: row for step in steps for row in step["skills"]}
    assert (rows[first]["level"], rows[first]["fading"], rows[first]["next"]) == ("proven", True, False)
    assert (rows[second]["level"], rows[second]["fading"], rows[second]["next"]) == ("new", False, True)


def test_the_map_places_every_skill_after_what_it_needs(curriculum: Curriculum) -> None:
    ids = curriculum.road("canonical").skills
    drawn = road_map.drawn(curriculum, ids, NOBODY, ids[0])
    place = {node["id"]: (node["x"], node["y"]) for node in drawn["nodes"]}
    assert set(place) == set(ids)
    assert len(set(place.values())) == len(ids), "no node lies on another"
    edges = 0
    for skill in ids:
        for needed in curriculum.skill(skill).requires:
            assert place[needed][0] < place[skill][0], f"{needed} is left of {skill}"
            edges += 1
    assert len(drawn["edges"]) == edges
    assert all(0 <= x <= drawn["width"] - road_map.WIDTH for x, _ in place.values())
    assert all(0 <= y <= drawn["height"] - road_map.HEIGHT for _, y in place.values())
    assert all(len(node["label"]) <= road_map.LONGEST for node in drawn["nodes"])
    assert [node["id"] for node in drawn["nodes"] if node["next"]] == [ids[0]]


def test_an_empty_map_is_no_fault(curriculum: Curriculum) -> None:
    assert road_map.drawn(curriculum, [], NOBODY, None)["nodes"] == []

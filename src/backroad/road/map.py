"""The map: the skills of a road as a layered graph, placed for an SVG. Units are SVG pixels."""

from collections.abc import Mapping, Sequence
from typing import Any

from backroad.curriculum import Curriculum
from backroad.curriculum.graph import layers
from backroad.progress import Standing
from backroad.road.view import level_of

WIDTH, HEIGHT = 178, 30
GAP_X, GAP_Y = 56, 10
MARGIN = 16
LONGEST = 25
"""Characters of a title that fit into a node."""


def drawn(
    curriculum: Curriculum, skill_ids: Sequence[str], standings: Mapping[str, Standing], next_up: str | None
) -> dict[str, Any]:
    """Columns of nodes from left to right, an edge for each direct requirement; `skill_ids` is what is drawn."""
    requires = {skill.id: skill.requires for skill in curriculum.skills.values()}
    columns = layers(requires, skill_ids)
    tallest = max((len(column) for column in columns), default=0)
    place: dict[str, tuple[int, int]] = {}
    for x, column in enumerate(columns):
        top = MARGIN + (tallest - len(column)) * (HEIGHT + GAP_Y) // 2
        for y, skill_id in enumerate(column):
            place[skill_id] = (MARGIN + x * (WIDTH + GAP_X), top + y * (HEIGHT + GAP_Y))
    nodes = [
        {
            "id": skill_id,
            "title": curriculum.skill(skill_id).title,
            "label": _short(curriculum.skill(skill_id).title),
            "x": x,
            "y": y,
            "next": skill_id == next_up,
            **level_of(standings, skill_id),
        }
        for skill_id, (x, y) in place.items()
    ]
    edges = [
        _curve(place[needed], place[skill_id]) for skill_id in place for needed in requires[skill_id] if needed in place
    ]
    return {
        "width": 2 * MARGIN + len(columns) * (WIDTH + GAP_X) - GAP_X,
        "height": 2 * MARGIN + tallest * (HEIGHT + GAP_Y) - GAP_Y,
        "node_width": WIDTH,
        "node_height": HEIGHT,
        "nodes": nodes,
        "edges": edges,
    }


def _short(title: str) -> str:
    return title if len(title) <= LONGEST else title[: LONGEST - 1].rstrip() + "…"


def _curve(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1 = start[0] + WIDTH, start[1] + HEIGHT // 2
    x2, y2 = end[0], end[1] + HEIGHT // 2
    bend = (x2 - x1) // 2
    return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"

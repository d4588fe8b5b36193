"""From a drawing to an order: which topic comes when, and which smaller topics belong to it. Pure.

An arrow between two topics says which comes first, unless it points up the page, as some do for the sake of the
drawing; where arrows say nothing, what stands higher comes first.
"""

from collections.abc import Mapping, Sequence

from backroad.own_roads.clone import Box, Clone, Topic

UPWARDS = 100.0
"""Pixels that an arrow may rise and still mean an order: rows of a drawing wind about."""


def arrange(clone: Clone) -> list[tuple[Topic, list[Topic]]]:
    """The main topics in order, each with those that belong to it. A drawing without main topics has one for all."""
    topics = {topic.id: topic for topic in clone.topics}
    main = [topic for topic in clone.topics if topic.main] or [_highest(clone.topics)]
    heads = {topic.id for topic in main}
    belongs = _belonging(clone, topics, heads)
    below: dict[str, list[str]] = {head: [] for head in heads}
    for topic in topics:
        if topic not in heads:
            below[belongs[topic]].append(topic)
    return [
        (topics[head], [topics[one] for one in _ordered(below[head], topics, clone.edges)])
        for head in _ordered([topic.id for topic in main], topics, clone.edges)
    ]


def _highest(topics: Sequence[Topic]) -> Topic:
    return min(topics, key=lambda topic: (topic.y, topic.x, topic.id))


def _ordered(ids: Sequence[str], topics: Mapping[str, Topic], edges: Sequence[tuple[str, str]]) -> list[str]:
    """From the highest down, each after those that point at it; an arrow that closes a circle counts for nothing."""
    by_height = sorted(ids, key=lambda one: (topics[one].y, topics[one].x, one))
    before: dict[str, dict[str, None]] = {one: {} for one in by_height}
    for source, target in edges:
        if source in before and target in before and topics[target].y >= topics[source].y - UPWARDS:
            before[target][source] = None
    placed: dict[str, None] = {}
    waiting: set[str] = set()
    for first in by_height:
        stack = [] if first in placed else [first]
        while stack:
            waiting.add(stack[-1])
            earlier = next((one for one in before[stack[-1]] if one not in placed and one not in waiting), None)
            if earlier is None:
                placed[stack.pop()] = None
            else:
                stack.append(earlier)
    return list(placed)


def _belonging(clone: Clone, topics: Mapping[str, Topic], heads: set[str]) -> dict[str, str]:
    """Smaller topic -> main topic: along the arrows, in either direction, by frames, else the nearest."""
    framed = {topic.id: box.id for topic in clone.topics if (box := _frame(topic, clone.boxes))}
    near: dict[str, list[str]] = {}
    frames = {box.id for box in clone.boxes}
    for a, b in (*clone.edges, *framed.items()):
        if (a in topics or a in frames) and (b in topics or b in frames):
            near.setdefault(a, []).append(b)
            near.setdefault(b, []).append(a)
    owner: dict[str, str] = {}
    ring = [(head, head) for head in _ordered(sorted(heads), topics, ())]
    while ring:  # one step outwards from all main topics at a time, so that each finds the closest
        following = []
        for place, head in ring:
            for other in near.get(place, ()):
                if other not in owner and other not in heads:
                    owner[other] = head
                    following.append((other, head))
        ring = following
    for topic in topics.values():
        if topic.id not in heads and topic.id not in owner:
            owner[topic.id] = min(heads, key=lambda head: (_distance(topic, topics[head]), head))
    return owner


def _frame(topic: Topic, boxes: Sequence[Box]) -> Box | None:
    """The smallest frame that the topic stands in."""
    around = [box for box in boxes if box.x <= topic.x <= box.x + box.width and box.y <= topic.y <= box.y + box.height]
    return min(around, key=lambda box: (box.width * box.height, box.id), default=None)


def _distance(a: Topic, b: Topic) -> float:
    return (a.x - b.x) ** 2 + (a.y - b.y) ** 2

"""From the items of a road to the parts that are left to do, in an order in which they can be done."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from backroad.kit.errors import Problem
from backroad.planner.model import Item, SessionKind

LEARN, DRILL, BUILD = 0, 1, 2
KINDS: tuple[SessionKind, ...] = ("learn", "drill", "build")
LEARN_PERCENT = 60
SHORTEST = 15
"""Minutes that an unfinished part still gets, however long it took so far."""
PACE_LIMITS = (0.25, 4.0)


@dataclass(frozen=True, slots=True)
class Work:
    """Unfinished items, prerequisites first; the lists run parallel."""

    items: list[Item]
    parts: list[list[tuple[int, int, int]]]
    """Per item: (kind, stage number from 1 or 0, minutes), in order."""
    needs: list[int]
    """Per item: how many unfinished items it waits for."""
    frees: list[list[int]]
    """Per item: the items that wait for it."""
    total: int
    """Minutes of everything."""
    dropped: tuple[str, ...]


def left_to_do(item: Item, pace: float) -> list[tuple[int, int, int]]:
    """The unfinished parts of an item at the learner's pace: (kind, stage number or 0, minutes)."""
    if item.kind == "lab":
        todo = [(BUILD, number, stage.minutes) for number, stage in enumerate(item.stages, 1) if not stage.done]
        parts = [(kind, number, max(1, round(minutes * pace))) for kind, number, minutes in todo]
    else:
        whole = max(1, round(item.minutes * pace))
        learn = max(1, whole * LEARN_PERCENT // 100) if item.drills else whole
        parts = [] if item.learned else [(LEARN, 0, learn)]
        if item.drills and not item.drilled:
            parts.append((DRILL, 0, max(1, whole - learn)))
    if parts and item.done_minutes:
        kind, number, minutes = parts[0]
        parts[0] = (kind, number, max(minutes - item.done_minutes, min(minutes, SHORTEST)))
    return parts


def arrange(items: Sequence[Item], *, pace: float, drop_optional: bool) -> Work:
    """What is left, ordered. Raises Problem for items that contradict themselves or each other."""
    _check(items)
    pace = min(max(pace, PACE_LIMITS[0]), PACE_LIMITS[1])
    parts = {item.id: left_to_do(item, pace) for item in items}
    undone = {item.id: item for item in items if parts[item.id]}
    dropped: tuple[str, ...] = ()
    if drop_optional:
        kept = _needed([item.id for item in undone.values() if not item.optional], undone)
        dropped = tuple(name for name in undone if name not in kept)
        undone = {name: item for name, item in undone.items() if name in kept}
    ordered = _prerequisites_first(undone)
    number = {item.id: place for place, item in enumerate(ordered)}
    needs = [0] * len(ordered)
    frees: list[list[int]] = [[] for _ in ordered]
    for place, item in enumerate(ordered):
        for name in {name for name in item.requires if name in number}:
            needs[place] += 1
            frees[number[name]].append(place)
    kept_parts = [parts[item.id] for item in ordered]
    total = sum(minutes for rows in kept_parts for _, _, minutes in rows)
    return Work(ordered, kept_parts, needs, frees, total, dropped)


def _check(items: Sequence[Item]) -> None:
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise Problem(f"The road lists {item.id} twice.", "List each skill and lab once.")
        seen.add(item.id)
        if item.kind == "lab" and not item.stages:
            raise Problem(f"The lab {item.id} has no stages.", "Give it at least one stage with minutes.")
        if item.minutes < 1 or any(stage.minutes < 1 for stage in item.stages):
            raise Problem(f"{item.id} has no minutes.", "Give each skill, lab and stage at least 1 minute.")


def _needed(roots: Sequence[str], undone: Mapping[str, Item]) -> set[str]:
    """The roots and everything unfinished that they wait for."""
    needed: set[str] = set()
    stack = list(roots)
    while stack:
        name = stack.pop()
        if name in undone and name not in needed:
            needed.add(name)
            stack.extend(undone[name].requires)
    return needed


def _prerequisites_first(undone: Mapping[str, Item]) -> list[Item]:
    """Road order, with each item's missing prerequisites pulled in just before it."""
    ordered: dict[str, Item] = {}
    for root in undone:
        path: dict[str, Iterator[str]] = {}
        if root not in ordered:
            path[root] = iter(undone[root].requires)
        while path:
            name, waiting = next(reversed(path.items()))
            for other in waiting:
                if other in path:
                    circle = [*list(path)[list(path).index(other) :], other]
                    raise Problem(f"These require each other: {' -> '.join(circle)}.", "Remove one requirement.")
                if other in undone and other not in ordered:
                    path[other] = iter(undone[other].requires)
                    break
            else:
                ordered[name] = undone[name]
                del path[name]
    return list(ordered.values())

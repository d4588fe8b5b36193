"""From the items of a road to the parts that are left to do, in an order in which they can be done."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from backroad.kit.errors import Problem
from backroad.planner.model import Due, Item, SessionKind, Wish
from backroad.planner.wishes import Pin, cut

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
    pins: Mapping[tuple[int, int], Pin]
    """(item, part) -> its day. Such a part begins where the wished session does; the one before it may be the same
    lesson, drills or stage."""
    first: tuple[Due, ...] = ()
    """What is due and goes before everything else."""
    urgent: Mapping[int, int] = field(default_factory=dict)
    """Item -> its last part that goes first for that."""


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


def arrange(
    items: Sequence[Item],
    *,
    pace: float,
    drop_optional: bool,
    wishes: Sequence[Wish] = (),
    dues: Sequence[Due] = (),
    first: Sequence[Due] = (),
) -> Work:
    """What is left, ordered, and cut where a wished session begins. What is due is never dropped, and what of it goes
    `first` comes before the rest of the road, in that order, with all that it needs.

    Raises Problem for items that contradict themselves or each other.
    """
    _check(items)
    pace = min(max(pace, PACE_LIMITS[0]), PACE_LIMITS[1])
    parts = {item.id: left_to_do(item, pace) for item in items}
    undone = {item.id: item for item in items if parts[item.id]}
    dropped: tuple[str, ...] = ()
    if drop_optional:
        assigned = {due.ref for due in dues}
        kept = _needed([item.id for item in undone.values() if not item.optional or item.id in assigned], undone)
        dropped = tuple(name for name in undone if name not in kept)
        undone = {name: item for name, item in undone.items() if name in kept}
    ahead = {due.ref: undone[due.ref] for due in first if due.ref in undone}
    ordered = _prerequisites_first({**ahead, **undone})
    number = {item.id: place for place, item in enumerate(ordered)}
    needs = [0] * len(ordered)
    frees: list[list[int]] = [[] for _ in ordered]
    for place, item in enumerate(ordered):
        for name in {name for name in item.requires if name in number}:
            needs[place] += 1
            frees[number[name]].append(place)
    kept_parts = [parts[item.id] for item in ordered]
    pins: dict[tuple[int, int], Pin] = {}
    for name in {wish.ref for wish in wishes} & number.keys():
        place = number[name]
        kept_parts[place], found = cut(kept_parts[place], KINDS, [wish for wish in wishes if wish.ref == name])
        pins.update({(place, part): pin for part, pin in found.items()})
    total = sum(minutes for rows in kept_parts for _, _, minutes in rows)
    urgent: dict[int, int] = {}
    for due in first:
        for place, part in due_parts(due, ordered, kept_parts).items():
            urgent[place] = max(part, urgent.get(place, -1))
    return Work(ordered, kept_parts, needs, frees, total, dropped, dict(sorted(pins.items())), tuple(first), urgent)


def due_parts(due: Due, items: Sequence[Item], parts: Sequence[Sequence[tuple[int, int, int]]]) -> dict[int, int]:
    """Item -> the last of its parts that must be done for it: its own, and all of what that needs. Empty: it is
    done."""
    number = {item.id: place for place, item in enumerate(items)}
    if due.ref not in number:
        return {}
    own = number[due.ref]
    wanted = [part for part, (_, stage, _) in enumerate(parts[own]) if not due.stage or stage <= due.stage]
    if not wanted:
        return {}
    needed = _needed([due.ref], {item.id: item for item in items})
    return {number[name]: wanted[-1] if name == due.ref else len(parts[number[name]]) - 1 for name in needed}


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

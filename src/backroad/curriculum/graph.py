"""The graph of skills: what comes before what. Pure functions over skill id -> ids that it requires."""

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

Requires = Mapping[str, Sequence[str]]


def cycle(requires: Requires) -> tuple[str, ...]:
    """The skills of one cycle, each required by the next and the first again last; empty if there is none."""
    try:
        TopologicalSorter(requires).prepare()
    except CycleError as error:
        return tuple(error.args[1])
    return ()


def order(requires: Requires, rank: Mapping[str, int] | None = None) -> tuple[str, ...]:
    """Every skill after all that it requires; among those that are free, the lowest rank first."""
    place = rank or {skill: number for number, skill in enumerate(requires)}
    sorter = TopologicalSorter(requires)
    sorter.prepare()
    ready: list[str] = []
    ordered: list[str] = []
    while sorter.is_active():
        ready.extend(sorter.get_ready())
        ready.sort(key=lambda skill: place.get(skill, len(place)), reverse=True)
        chosen = ready.pop()
        ordered.append(chosen)
        sorter.done(chosen)
    return tuple(ordered)


def unlocks(requires: Requires) -> dict[str, tuple[str, ...]]:
    """The skills that name each skill in their `requires`."""
    found: dict[str, list[str]] = {skill: [] for skill in requires}
    for skill, needed in requires.items():
        for other in needed:
            found[other].append(skill)
    return {skill: tuple(others) for skill, others in found.items()}


def ancestors(requires: Requires) -> dict[str, frozenset[str]]:
    """Everything that each skill requires, directly or not."""
    found: dict[str, frozenset[str]] = {}
    for skill in order(requires):
        direct = requires[skill]
        found[skill] = frozenset(direct).union(*(found[other] for other in direct))
    return found


def roots(requires: Requires) -> tuple[str, ...]:
    return tuple(skill for skill, needed in requires.items() if not needed)


def redundant(requires: Requires) -> tuple[tuple[str, str], ...]:
    """Pairs (skill, requirement) where another requirement of the skill already implies this one."""
    above = ancestors(requires)
    return tuple(
        (skill, other)
        for skill, needed in requires.items()
        for other in needed
        if any(other in above[third] for third in needed if third != other)
    )


def layers(requires: Requires, only: Iterable[str] | None = None) -> tuple[tuple[str, ...], ...]:
    """The rows of a map: each skill one row below the lowest that it requires, rows ordered so that a skill
    stands near what it requires. With `only`, the map of those skills; a requirement that is not among them is
    followed through to one that is."""
    chosen = set(requires) if only is None else set(only)
    above = ancestors(requires)
    depth: dict[str, int] = {}
    for skill in order(requires):
        if skill in chosen:
            depth[skill] = 1 + max((depth[other] for other in above[skill] & chosen), default=-1)
    rows: list[list[str]] = [[] for _ in range(1 + max(depth.values(), default=-1))]
    for skill, row in depth.items():
        rows[row].append(skill)
    return _near_requirements(rows, above)


def _near_requirements(rows: list[list[str]], above: Mapping[str, frozenset[str]]) -> tuple[tuple[str, ...], ...]:
    """Sorts each row by the mean place, from 0 to 1, of the skills in rows above it that are required."""
    place: dict[str, float] = {}
    for row in rows:
        at = {skill: [place[other] for other in above[skill] if other in place] for skill in row}
        if place:
            row.sort(key=lambda skill: sum(at[skill]) / len(at[skill]))
        place |= {skill: (number + 0.5) / len(row) for number, skill in enumerate(row)}
    return tuple(map(tuple, rows))

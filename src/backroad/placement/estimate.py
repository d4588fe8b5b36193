"""What a learner probably knows, from a few answers. Pure: the same graph, seed and answers give the same estimate.

The model. A learner has a general level (three of them) and, depending on it, a level in each area. A skill whose
requirements are all known is known with the chance of the level in its area; one with a requirement missing, only by
a small leak. A known skill is answered wrong with the chance of a slip, an unknown one right with that of a guess.

The posterior is a population of 1,024 imagined learners who move together (`lanes`). An answer lets those who would
rarely have given it die out and be replaced by copies of the others; then each is moved by Metropolis and Gibbs steps
that leave the posterior as it is, so that the copies part again.
"""

import functools
from collections.abc import Collection, Mapping, Sequence
from random import Random

import msgspec

from backroad.placement.lanes import ALL, copied, counted, draw, refill, share

SLIP = 0.1
RAREST = 0.01
"""Nothing is taken for impossible."""
LEAK = 0.02
SWEEPS = 2
"""Times that every skill is moved after an answer."""
GENERAL = (0.4, 0.35, 0.25)
"""How common the general levels are: beginner, some areas, experienced."""
AREA = ((0.80, 0.15, 0.05), (0.45, 0.25, 0.30), (0.10, 0.20, 0.70))
"""How common the levels in an area are, by general level: nothing, something, most of it."""
MET = 0.2
"""How often somebody at the lowest level in an area does not say so, asked for the areas that are new to them."""
KNOWN = (0.05, 0.5, 0.94)
"""The chance to know a skill whose requirements are known, by the level in its area."""


class Answer(msgspec.Struct, frozen=True):
    skill: str
    right: bool
    guess: float
    """The chance of a right answer without knowing the skill."""


class Graph(msgspec.Struct, frozen=True):
    """Skills in an order in which each comes after all that it requires; numbers are places in it."""

    skills: tuple[str, ...]
    requires: tuple[tuple[int, ...], ...]
    unlocks: tuple[tuple[int, ...], ...]
    area_of: tuple[int, ...]
    areas: tuple[tuple[int, ...], ...]
    left_out: tuple[str, ...] = ()
    """Skills of areas that the learner said are new, with what requires them: nothing is asked about them."""
    met: bool = False
    """Whether the learner was asked for areas that are new: the others are then less likely to be."""

    @classmethod
    def of(
        cls, requires: Mapping[str, Sequence[str]], area_of: Mapping[str, str], never: Collection[str] | None = None
    ) -> "Graph":
        """`requires` lists each skill after those that it requires; requirements that it does not list are left out.
        `never` are the areas that the learner said are new; None when the learner was not asked."""
        new: list[str] = []
        for skill in requires:
            if area_of[skill] in (never or ()) or any(other in new for other in requires[skill]):
                new.append(skill)
        requires = {skill: requires[skill] for skill in requires if skill not in new}
        number = {skill: place for place, skill in enumerate(requires)}
        needed = tuple(tuple(number[other] for other in requires[skill] if other in number) for skill in number)
        unlocks = tuple(tuple(other for other, own in enumerate(needed) if place in own) for place in number.values())
        names = list(dict.fromkeys(area_of[skill] for skill in number))
        areas = tuple(tuple(number[skill] for skill in number if area_of[skill] == name) for name in names)
        area_numbers = tuple(names.index(area_of[skill]) for skill in number)
        return cls(tuple(number), needed, unlocks, area_numbers, areas, tuple(new), never is not None)

    @property
    def weights(self) -> Sequence[Sequence[float]]:
        """AREA for this learner; rows need not sum to one."""
        return [(nothing * MET, *more) for nothing, *more in AREA] if self.met else AREA


class Estimate(msgspec.Struct, frozen=True):
    """The population after some answers."""

    graph: Graph
    knows: tuple[int, ...]
    """Skill -> the imagined learners who know it."""
    levels: tuple[tuple[int, int, int], ...]
    """Area -> those at each level in it."""
    general: tuple[int, int, int]
    chances: tuple[float, ...]
    """Skill -> the chance that it is known."""
    answers: tuple[Answer, ...] = ()

    def chance(self, skill: str) -> float:
        return self.chances[self.graph.skills.index(skill)]


def before_any_answer(graph: Graph, seed: str = "") -> Estimate:
    """What is believed of somebody who has not answered yet."""
    rng = Random(f"{seed}:prior")
    general = _levels(rng, [(ALL, GENERAL)])
    levels = tuple(
        _levels(rng, [(mask, graph.weights[level]) for level, mask in enumerate(general)]) for _ in graph.areas
    )
    knows: list[int] = []
    for skill in range(len(graph.skills)):
        knows.append(draw(rng, _chances(graph, skill, knows, levels)))
    return Estimate(graph, tuple(knows), levels, general, tuple(map(share, knows)))


def after(estimate: Estimate, answer: Answer, seed: str = "") -> Estimate:
    """The estimate with one more answer; an answer about a skill that is not in the graph changes nothing."""
    if answer.skill not in estimate.graph.skills:
        return msgspec.structs.replace(estimate, answers=(*estimate.answers, answer))
    rng = Random(f"{seed}:{len(estimate.answers)}")
    moving = _Population(rng, estimate, answer)
    total = [0.0] * len(moving.knows)
    moving.move_general()
    for _ in range(SWEEPS):
        moving.sweep()
        total = [so_far + share(mask) for so_far, mask in zip(total, moving.knows, strict=True)]
    return Estimate(
        estimate.graph,
        tuple(moving.knows),
        tuple(moving.levels),
        moving.general,
        tuple(value / SWEEPS for value in total),
        (*estimate.answers, answer),
    )


@functools.lru_cache(maxsize=128)
def estimate_of(graph: Graph, answers: tuple[Answer, ...], seed: str = "") -> Estimate:
    """The estimate after all these answers. What was computed for the answers before the last one is used again."""
    if not answers:
        return before_any_answer(graph, seed)
    return after(estimate_of(graph, answers[:-1], seed), answers[-1], seed)


def _levels(rng: Random, classes: Sequence[tuple[int, Sequence[float]]]) -> tuple[int, int, int]:
    """Masks of the three levels, drawn for each class of lanes by its weights."""
    high = draw(rng, [(mask, weights[2] / sum(weights)) for mask, weights in classes])
    middle = draw(rng, [(mask, weights[1] / (weights[0] + weights[1])) for mask, weights in classes]) & ~high
    return ALL ^ high ^ middle, middle, high


def _all_known(knows: Sequence[int], skills: Sequence[int]) -> int:
    lanes = ALL
    for skill in skills:
        lanes &= knows[skill]
    return lanes


def _chances(
    graph: Graph, skill: int, knows: Sequence[int], levels: Sequence[Sequence[int]], odds: float = 1.0
) -> list[tuple[int, float]]:
    """The chance that the skill is known, by what the lanes know of its requirements; `odds` is what answers add."""

    def tilted(chance: float) -> float:
        return chance * odds / (chance * odds + 1 - chance)

    ready = _all_known(knows, graph.requires[skill])
    own = levels[graph.area_of[skill]]
    return [(ALL ^ ready, tilted(LEAK)), *((ready & own[level], tilted(KNOWN[level])) for level in range(3))]


class _Population:
    """An estimate on its way to the next one."""

    def __init__(self, rng: Random, estimate: Estimate, answer: Answer) -> None:
        self.rng = rng
        self.graph = estimate.graph
        self.odds = _odds([*estimate.answers, answer])
        knows = estimate.knows[self.graph.skills.index(answer.skill)]
        copies = refill(rng, self._survivors(knows, answer))
        self.knows = [copied(row, copies) for row in estimate.knows]
        self.levels = [_copied(rows, copies) for rows in estimate.levels]
        self.general = _copied(estimate.general, copies)

    def _survivors(self, knows: int, answer: Answer) -> int:
        likely, unlikely = _likelihoods(answer)
        most = max(likely, unlikely)
        return draw(self.rng, [(knows, likely / most), (ALL ^ knows, unlikely / most)]) or ALL

    def sweep(self) -> None:
        for skill in range(len(self.knows)):
            self._move_skill(skill)
        for area in range(len(self.levels)):
            self._move_area(area)

    def _move_skill(self, skill: int) -> None:
        """A new value by the requirements and the answers, refused as the skills that build on it demand."""
        graph, old = self.graph, self.knows[skill]
        odds = self.odds.get(graph.skills[skill], 1.0)
        changed = old ^ draw(self.rng, _chances(graph, skill, self.knows, self.levels, odds))
        for child in graph.unlocks[skill]:
            if changed:
                changed &= ~self._refused(skill, child, changed)
        self.knows[skill] = old ^ changed

    def _refused(self, skill: int, child: int, changed: int) -> int:
        others = [other for other in self.graph.requires[child] if other != skill]
        concerned = changed & _all_known(self.knows, others)
        gained = concerned & ~self.knows[skill] & ~self.knows[child]
        lost = concerned & self.knows[skill] & self.knows[child]
        classes = []
        for chance, mask in zip(KNOWN, self.levels[self.graph.area_of[child]], strict=True):
            classes += [(gained & mask, 1 - (1 - chance) / (1 - LEAK)), (lost & mask, 1 - LEAK / chance)]
        return draw(self.rng, classes)

    def _move_area(self, area: int) -> None:
        rows = []
        for skill in self.graph.areas[area]:
            ready = _all_known(self.knows, self.graph.requires[skill])
            rows.append((ready & self.knows[skill], ready & ~self.knows[skill]))
        classes = []
        for (known, unknown), lanes in counted(rows).items():
            fit = [chance**known * (1 - chance) ** unknown for chance in KNOWN]
            for level, mask in enumerate(self.general):
                if lanes & mask:
                    weights = self.graph.weights[level]
                    classes.append((lanes & mask, [weights[n] * fit[n] for n in range(3)]))
        self.levels[area] = _levels(self.rng, classes)

    def move_general(self) -> None:
        classes = []
        weights = [[weight / sum(row) for weight in row] for row in self.graph.weights]
        for (middle, high), lanes in counted((rows[1], rows[2]) for rows in self.levels).items():
            low = len(self.levels) - middle - high
            fit = [row[0] ** low * row[1] ** middle * row[2] ** high for row in weights]
            classes.append((lanes, [GENERAL[level] * fit[level] for level in range(3)]))
        self.general = _levels(self.rng, classes)


def _copied(rows: tuple[int, int, int], copies: Sequence[tuple[int, int]]) -> tuple[int, int, int]:
    low, middle, high = (copied(row, copies) for row in rows)
    return low, middle, high


def _likelihoods(answer: Answer) -> tuple[float, float]:
    """The chance of the answer from one who knows the skill, and from one who does not."""
    guess = min(max(answer.guess, RAREST), 1 - RAREST)
    return (1 - SLIP, guess) if answer.right else (SLIP, 1 - guess)


def _odds(answers: Sequence[Answer]) -> dict[str, float]:
    found: dict[str, float] = {}
    for answer in answers:
        known, unknown = _likelihoods(answer)
        found[answer.skill] = found.get(answer.skill, 1.0) * known / unknown
    return found

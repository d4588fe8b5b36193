"""Which drills a placement can ask, and which skills it speaks of."""

import functools
import hashlib
from collections.abc import Collection

from backroad.accounts.model import Learner
from backroad.curriculum import Area, Curriculum
from backroad.drills.library import DrillLibrary
from backroad.drills.model import Drill, FillIn, Match, Multiple, Order, Predict, Single
from backroad.kit.errors import Problem
from backroad.placement.choose import MOST_OF_A_SKILL
from backroad.placement.estimate import Graph

ASKED = (Single, Multiple, Order, Match, FillIn, Predict)
"""Kinds that are answered in a minute or two and graded by key."""
RARE_GUESS = 0.05
"""For answers that are typed, put together or put in order."""


def guess_of(drill: Drill) -> float:
    """The chance of a right answer from one who does not know the skill."""
    return 1 / len(drill.choices) if isinstance(drill, Single) else RARE_GUESS


def graph_of(learner: Learner, curriculum: Curriculum, never: tuple[str, ...] | None = None) -> Graph:
    """The skills of the learner's road with all that they require, in their language. `never` are the areas that the
    learner said are new."""
    return _graph(curriculum, learner.road, learner.language, never)


@functools.lru_cache(maxsize=16)
def _graph(curriculum: Curriculum, road: str, language: str, never: tuple[str, ...] | None) -> Graph:
    wanted = curriculum.with_requirements(curriculum.road(road).skills)
    skills = [curriculum.skill(name) for name in wanted if curriculum.skill(name).suits(language)]
    return Graph.of({skill.id: skill.requires for skill in skills}, {skill.id: skill.area for skill in skills}, never)


def areas_of(learner: Learner, curriculum: Curriculum) -> list[Area]:
    """The areas of which a placement speaks."""
    there = {curriculum.skill(name).area for name in graph_of(learner, curriculum).skills}
    return [area for area in curriculum.areas.values() if area.id in there]


def read_never(learner: Learner, curriculum: Curriculum, never: Collection[str]) -> tuple[str, ...]:
    """The areas said to be new, checked: all of them known to the road, and something left to ask about."""
    names = [area.id for area in areas_of(learner, curriculum)]
    for name in never:
        if name not in names:
            raise Problem(f"There is no area {name[:40]!r} on your road.", f"There are {', '.join(names)}.")
    found = tuple(name for name in names if name in never)
    if not graph_of(learner, curriculum, found).skills:
        raise Problem("Then there is nothing to ask.", "You need no placement: begin with the first day of your plan.")
    return found


def questions_left(
    library: DrillLibrary, skills: Collection[str], asked: Collection[str], seed: str = ""
) -> dict[str, Drill]:
    """The next drill of each skill that still has one: those that are hardest to guess first, else by the seed."""

    def rank(drill: Drill) -> tuple[float, str]:
        return guess_of(drill), hashlib.sha256(f"{seed}\0{drill.id}".encode()).hexdigest()

    left: dict[str, Drill] = {}
    for skill in skills:
        drills = [drill for drill in library.of_skill(skill) if isinstance(drill, ASKED)]
        new = [drill for drill in drills if drill.id not in asked]
        if new and sum(drill.id in asked for drill in drills) < MOST_OF_A_SKILL:
            left[skill] = min(new, key=rank)
    return left

"""How well a placement tells what simulated learners know.

    python bench/placement.py [--json] [--learners 510] [--seed 1] [--silent]

Each learner has a state that no skill is known without its requirements, made by rules of its own kind (depth in each
area, then holes), not drawn from the estimator's prior. Before the questions it ticks the areas in which it has never
worked: each such area is forgotten with 0.1, each other one ticked by mistake with 0.02; `--silent` learners tick
nothing. Answers slip with 0.1 and are guessed with the chance of the drill's kind. Exits with 1 when fewer than 95 % of
the skills are placed right.
"""

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from random import Random

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum, load
from backroad.drills.library import DrillLibrary
from backroad.kit.paths import content_dir
from backroad.placement.choose import next_question, verdict
from backroad.placement.estimate import LEAK, SLIP, Answer, Estimate, Graph, after, before_any_answer
from backroad.placement.questions import graph_of, guess_of, questions_left

BAR = 0.95
FORGOTTEN, MISTAKEN = 0.1, 0.02
MARKS = (5, 10, 15, 20, 25)
"""Numbers of questions at which the share is reported."""
FRONTEND = {"front", "lang", "git", "http", "net", "os", "web", "api", "test", "rt", "algo"}
BASICS = {"lang", "os", "net", "http", "sql", "git"}
State = frozenset[str]


def beginner(graph: Graph, depth: Mapping[str, int], areas: Mapping[str, str], chance: Random) -> State:
    """The first steps in some of the areas where one begins, and a little beyond."""
    begun = {area: chance.randint(0, 2) for area in sorted(BASICS) if chance.random() < 0.5}
    return _holed(graph, {s for s in areas if depth[s] <= begun.get(areas[s], -1)}, 0.1, chance)


def frontend(graph: Graph, depth: Mapping[str, int], areas: Mapping[str, str], chance: Random) -> State:
    """Most of some areas, to a depth of their own, and little of the rest."""
    reach = {
        area: chance.randint(1, 4) if area in FRONTEND and chance.random() < 0.8 else chance.choice((-1, -1, -1, 0, 1))
        for area in sorted(set(areas.values()))
    }
    return _holed(graph, {s for s in areas if depth[s] <= reach[areas[s]]}, chance.uniform(0.02, 0.12), chance)


def experienced(graph: Graph, depth: Mapping[str, int], areas: Mapping[str, str], chance: Random) -> State:
    """Nearly everything, but for up to five areas never met, other than the basic ones, and single holes."""
    names = sorted(set(areas.values()))
    never = set(chance.sample(sorted(set(names) - BASICS), chance.randint(0, 5)))
    reach = {area: -1 if area in never else chance.randint(3, 6) for area in names}
    return _holed(graph, {s for s in areas if depth[s] <= reach[areas[s]]}, chance.uniform(0.02, 0.10), chance)


def _holed(graph: Graph, known: set[str], holes: float, chance: Random) -> State:
    """Without single skills, and without what requires them."""
    left: set[str] = set()
    for skill, needed in zip(graph.skills, graph.requires, strict=True):
        if skill in known and chance.random() >= holes and all(graph.skills[other] in left for other in needed):
            left.add(skill)
    return frozenset(left)


KINDS = {"beginner": beginner, "frontend switcher": frontend, "experienced with holes": experienced}


def depths(graph: Graph) -> dict[str, int]:
    found: dict[str, int] = {}
    for skill, needed in zip(graph.skills, graph.requires, strict=True):
        found[skill] = 1 + max((found[graph.skills[other]] for other in needed), default=-1)
    return found


def said_new(areas: Mapping[str, str], state: State, chance: Random) -> tuple[str, ...]:
    met = {areas[skill] for skill in state}
    names = sorted(set(areas.values()))
    return tuple(name for name in names if chance.random() < (MISTAKEN if name in met else 1 - FORGOTTEN))


def believed(estimate: Estimate) -> list[tuple[str, float]]:
    """Each skill of the road with the chance that it is known."""
    pairs = zip(estimate.graph.skills, estimate.chances, strict=True)
    return [*pairs, *((skill, LEAK) for skill in estimate.graph.left_out)]


def right_share(estimate: Estimate, state: State) -> float:
    placed = [(chance >= 0.5) == (skill in state) for skill, chance in believed(estimate)]
    return sum(placed) / len(placed)


class Outcome:
    """One simulated test."""

    def __init__(self, library: DrillLibrary, start: Estimate, state: State, chance: Random, seed: str) -> None:
        estimate, asked = start, list[str]()
        self.times: list[float] = []
        self.cpu: list[float] = []
        self.curve = [right_share(start, state)]
        while True:
            began, working = time.perf_counter(), time.process_time()
            left = questions_left(library, start.graph.skills, asked, seed)
            found = next_question(estimate, {skill: guess_of(drill) for skill, drill in left.items()})
            if found is None:
                break
            drill = left[found.skill]
            right = chance.random() < (1 - SLIP if drill.skill in state else guess_of(drill))
            estimate = after(estimate, Answer(drill.skill, right, guess_of(drill)), seed)
            asked.append(drill.id)
            self.times.append((time.perf_counter() - began) * 1000)
            self.cpu.append((time.process_time() - working) * 1000)
            self.curve.append(right_share(estimate, state))
        self.known = len(state) / len(believed(start))
        self.misplaced = Counter[str]()
        self.unsure = self.sure_right = self.sure = 0
        about = {answer.skill for answer in estimate.answers}
        for skill, chance_known in believed(estimate):
            said = verdict(chance_known)
            self.unsure += said == "not sure"
            self.sure += said != "not sure"
            self.sure_right += said == ("probably known" if skill in state else "probably new")
            if (chance_known >= 0.5) != (skill in state):
                self.misplaced["asked about" if skill in about else "never asked about"] += 1
                self.misplaced["known, said to be new" if skill in state else "new, said to be known"] += 1


def setting() -> tuple[Curriculum, DrillLibrary, Learner]:
    curriculum = load(content_dir(), strict=False)
    library = DrillLibrary(curriculum.folder(name) for name in curriculum.skills if curriculum.has_drills(name))
    day = date(2027, 1, 4)
    learner = Learner("bench", "canonical", "python", (60,) * 7, day, datetime(2027, 1, 4, tzinfo=UTC))
    return curriculum, library, learner


def measure(learners: int, seed: int, *, silent: bool) -> dict[str, object]:
    curriculum, library, learner = setting()
    graph = graph_of(learner, curriculum)
    depth, areas = depths(graph), {skill: curriculum.skill(skill).area for skill in graph.skills}
    outcomes: dict[str, list[Outcome]] = {kind: [] for kind in KINDS}
    for number in range(learners):
        kind = list(KINDS)[number % len(KINDS)]
        chance = Random(f"{seed}:{number}")
        state = KINDS[kind](graph, depth, areas, chance)
        left = graph_of(learner, curriculum, None if silent else said_new(areas, state, chance))
        outcomes[kind].append(Outcome(library, before_any_answer(left), state, chance, str(number)))
    everybody = [outcome for group in outcomes.values() for outcome in group]
    return {
        "learners": len(everybody),
        "skills": len(graph.skills),
        **_summary(everybody, len(graph.skills)),
        "by_kind": {kind: _summary(group, len(graph.skills)) for kind, group in outcomes.items()},
        "bar": BAR,
    }


def _summary(group: list[Outcome], skills: int) -> dict[str, object]:
    def mean(values: list[float]) -> float:
        return round(statistics.fmean(values), 4)

    times = sorted(value for outcome in group for value in outcome.times)
    misplaced = sum((outcome.misplaced for outcome in group), Counter[str]())
    return {
        "placed_right": mean([outcome.curve[-1] for outcome in group]),
        "known": mean([outcome.known for outcome in group]),
        "questions": mean([len(outcome.times) for outcome in group]),
        "unsure": mean([outcome.unsure / skills for outcome in group]),
        "sure_and_right": round(sum(o.sure_right for o in group) / max(1, sum(o.sure for o in group)), 4),
        "placed_right_after": {0: mean([o.curve[0] for o in group])}
        | {mark: mean([o.curve[min(mark, len(o.curve) - 1)] for o in group]) for mark in MARKS},
        "misplaced_skills_a_learner": {kind: round(n / len(group), 2) for kind, n in sorted(misplaced.items())},
        "median_cpu_ms": round(statistics.median([value for outcome in group for value in outcome.cpu]), 1),
        "median_ms": round(statistics.median(times), 1),
        "p95_ms": round(times[int(len(times) * 0.95)], 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--learners", type=int, default=510)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--silent", action="store_true", help="learners who tick no area")
    asked = parser.parse_args()
    result = measure(max(len(KINDS), asked.learners), asked.seed, silent=asked.silent)
    if asked.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            rows = value.items() if isinstance(value, dict) and name == "by_kind" else [(name, value)]
            for label, shown in rows:
                print(f"{label:<28}{shown}")
    return 0 if result["placed_right"] >= BAR else 1  # type: ignore[operator]


if __name__ == "__main__":
    sys.exit(main())

"""Which questions an interview asks, and in which order. Pure: the same candidates, terms and seed give the same.

What is asked adds up to the minutes, or to as much as there is. A question that the last interviews did not ask comes
before one that they did; then those of the level, then those of skills that the learner has begun; the further
questions of an area count less, so that the areas mix. The first question is short and of the level below, what is to
be programmed stands in the middle, and in 40 minutes and more the last question is of the level above.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from backroad.interview.model import LEVELS, MOST_QUESTIONS, Asked, Level, Terms, Topic
from backroad.kit.say import plural

REMEMBERED = 5
"""Interviews after which a question may come again as if it were new."""
BESIDE = (10**9, 10**7, 10**6)
"""What a second of a question of the level counts, and of one that is one level or two beside it."""
STALE = 10**5
"""By which it counts less if the last interview asked it; half of that if the one before did, and so on."""
NOT_BEGUN = 0.3
AGAIN_IN_AREA = 0.6
"""By which each further question of an area is worth less than the one before."""
CODING_SECONDS: dict[Level, int] = {"junior": 180, "middle": 300, "senior": 480}
"""What somebody of the level is asked to program in."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    drill: str
    skill: str
    topic: Topic
    seconds: int
    begun: bool = False
    """Whether the learner has begun its skill."""
    ago: int | None = None
    """How many interviews ago it was asked, 1 for the last; None for never or long ago."""

    @property
    def area(self) -> str:
        return self.skill.partition(".")[0]


class Choice(msgspec.Struct, frozen=True):
    """`said` is what the learner should know of it, in sentences; empty when all is as they wanted."""

    questions: tuple[Asked, ...]
    said: str = ""


def choose(candidates: Sequence[Candidate], terms: Terms, seed: str) -> Choice:
    """No questions at all when there is no candidate."""
    spoken = [item for item in candidates if item.topic != "coding"]
    coding = _coding([item for item in candidates if item.topic == "coding"], terms, seed) if terms.coding else []
    first = _one(spoken, terms, -1, seed)
    last = _one([item for item in spoken if item not in first], terms, +1, seed) if terms.minutes >= 40 else []
    room = terms.minutes * 60 - sum(item.seconds for item in (*coding, *first, *last))
    rest = _fill([item for item in spoken if item not in (*first, *last)], room, terms, seed)
    before, after = _halves([*first, *_mixed(rest, first, seed), *last])
    ordered = [*before, *coding, *after]
    asked = tuple(Asked(drill=i.drill, skill=i.skill, topic=i.topic, seconds=i.seconds) for i in ordered)
    return Choice(asked, " ".join(_said(ordered, rest, terms)))


def _draw(seed: str, drill: str) -> float:
    """0 to 1, the same for the same seed and drill."""
    return int.from_bytes(hashlib.sha256(f"{seed}\0{drill}".encode()).digest()[:6]) / 2**48


def _counts(item: Candidate, level: Level) -> int:
    """What a second of it counts: what is new before what is old, then by the level."""
    away = abs(LEVELS.index(item.topic) - LEVELS.index(level)) if item.topic != "coding" else 0
    return BESIDE[away] if item.ago is None else BESIDE[away] * item.ago // STALE


def _appeal(item: Candidate, seed: str) -> float:
    """Between questions that count the same."""
    return (1 if item.begun else NOT_BEGUN) * (1 + _draw(seed, item.drill))


def _coding(candidates: list[Candidate], terms: Terms, seed: str) -> list[Candidate]:
    """One problem, in an hour two, of two areas where that is possible; those that suit the level's time first."""

    def worth(item: Candidate) -> float:
        far = abs(item.seconds - CODING_SECONDS[terms.level]) / 60
        return _counts(item, terms.level) * _appeal(item, seed) / (1 + far)

    found: list[Candidate] = []
    for _ in range(2 if terms.minutes >= 60 else 1):
        room = terms.minutes * 30 - sum(item.seconds for item in found)
        areas, skills = {item.area for item in found}, {item.skill for item in found}
        left = [item for item in candidates if item.seconds <= room and item.skill not in skills]
        if left:
            found.append(max(left, key=lambda item: (item.area not in areas, worth(item), item.drill)))
    return found


def _one(spoken: list[Candidate], terms: Terms, step: int, seed: str) -> list[Candidate]:
    """A short question of the level below, to begin with, or one of the level above, to end with; none if there is
    none. Where no level is below, the own one is."""
    level = LEVELS[max(0, min(LEVELS.index(terms.level) + step, len(LEVELS) - 1))]
    fit = [item for item in spoken if item.topic == level] if level != terms.level or step < 0 else []

    def worth(item: Candidate) -> float:
        return _counts(item, level) * _appeal(item, seed) / (item.seconds if step < 0 else 1)

    return sorted(fit, key=lambda item: (worth(item), item.drill), reverse=True)[:1]


def _fill(spoken: list[Candidate], room: int, terms: Terms, seed: str) -> list[Candidate]:
    """Those that count most together and fit into the room (in seconds), and of such sets the one with most appeal: a
    knapsack, solved exactly."""
    best: dict[int, tuple[int, float, tuple[Candidate, ...]]] = {0: (0, 0.0, ())}
    for item, appeal in _by_appeal(spoken, seed):
        count = _counts(item, terms.level) * item.seconds
        for used, (counts, appeals, taken) in sorted(best.items(), key=lambda found: found[0], reverse=True):
            total, made = used + item.seconds, (counts + count, appeals + appeal * item.seconds, (*taken, item))
            if total <= room and len(taken) < MOST_QUESTIONS // 2 and made[:2] > best.get(total, (-1, 0.0))[:2]:
                best[total] = made
    return list(max(best.values(), key=lambda found: found[:2])[2])


def _by_appeal(spoken: Iterable[Candidate], seed: str) -> list[tuple[Candidate, float]]:
    """Each with the appeal of a second of it, which is less for each further one of its area and level."""
    found = []
    before: Counter[tuple[str, Topic]] = Counter()
    for item in sorted(spoken, key=lambda item: (_appeal(item, seed), item.drill), reverse=True):
        found.append((item, _appeal(item, seed) * AGAIN_IN_AREA ** before[item.area, item.topic]))
        before[item.area, item.topic] += 1
    return found


def _mixed(rest: Sequence[Candidate], first: Sequence[Candidate], seed: str) -> list[Candidate]:
    """Level by level, the shorter ones first; no area comes twice in a row where that is possible."""
    ordered: list[Candidate] = []
    for level in LEVELS:
        left = [item for item in rest if item.topic == level]
        left.sort(key=lambda item: (item.seconds, _draw(seed, item.drill)))
        while left:
            counts = Counter(item.area for item in left)
            last = [*first, *ordered][-1].area if first or ordered else ""
            # The area of which most is left comes first, else it would be alone at the end.
            chosen = min(left, key=lambda item: (item.area == last, -counts[item.area]))
            left.remove(chosen)
            ordered.append(chosen)
    return ordered


def _halves(spoken: list[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
    middle = (len(spoken) + 1) // 2
    return spoken[:middle], spoken[middle:]


def _said(ordered: Sequence[Candidate], rest: Sequence[Candidate], terms: Terms) -> list[str]:
    said = []
    others = [item for item in rest if item.topic != terms.level]
    if others:
        levels = " or ".join(level for level in LEVELS if any(item.topic == level for item in others))
        is_ = "is" if len(others) == 1 else "are"
        said.append(f"There are too few {terms.level} questions here: {plural(len(others), 'other')} {is_} {levels}.")
    again = sum(item.ago is not None for item in ordered)
    if again:
        said.append(f"{plural(again, 'question')} of your last interviews {'comes' if again == 1 else 'come'} again.")
    if terms.coding and not any(item.topic == "coding" for item in ordered):
        said.append("There is no coding problem here, so all of the time goes to questions.")
    minutes = round(sum(item.seconds for item in ordered) / 60)
    if minutes < terms.minutes - 2:
        said.append(f"All there is takes {minutes} minutes, so this interview is shorter than {terms.minutes}.")
    return said

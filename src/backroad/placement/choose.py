"""Which skill to ask about next, and when to stop. Pure."""

import math
from collections.abc import Mapping
from typing import Literal, get_args

import msgspec

from backroad.placement.estimate import SLIP, Estimate
from backroad.placement.lanes import LANES

MOST_QUESTIONS = 25
MOST_OF_A_SKILL = 2
LEAST_GAIN = 0.4
"""Bits over all skills; a question that promises less is not worth its minute."""
KNOWN_FROM, NEW_TO = 0.8, 0.2
CONSIDERED = 40
"""Skills, the least certain ones, whose questions are weighed against each other."""

Verdict = Literal["probably known", "not sure", "probably new"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
_STEPS = 1024


def _entropy(chance: float) -> float:
    return -sum(share * math.log2(share) for share in (chance, 1 - chance) if share > 0)


_ENTROPY = [_entropy(step / _STEPS) for step in range(_STEPS + 1)]


class Next(msgspec.Struct, frozen=True):
    skill: str
    gain: float
    """Bits by which the uncertainty about all skills is expected to fall."""


def verdict(chance: float) -> Verdict:
    if chance >= KNOWN_FROM:
        return "probably known"
    return "probably new" if chance <= NEW_TO else "not sure"


def next_question(estimate: Estimate, guesses: Mapping[str, float]) -> Next | None:
    """`guesses` holds the skills that have a question left, each with the chance of guessing it right.

    None when the questions are used up or none promises enough.
    """
    if len(estimate.answers) >= MOST_QUESTIONS:
        return None
    asked = [(number, skill) for number, skill in enumerate(estimate.graph.skills) if skill in guesses]
    asked.sort(key=lambda item: (abs(estimate.chances[item[0]] - 0.5), item[0]))
    gains = [Next(skill, _gain(estimate, number, guesses[skill])) for number, skill in asked[:CONSIDERED]]
    best = max(gains, key=lambda found: found.gain, default=None)
    return best if best is not None and best.gain >= LEAST_GAIN else None


def _gain(estimate: Estimate, asked: int, guess: float) -> float:
    """Expected fall of the summed entropies of all skills, from how often the imagined learners know both."""
    knowing = estimate.knows[asked]
    known = knowing.bit_count() / LANES
    right = (1 - SLIP) * known + guess * (1 - known)
    wrong = 1 - right
    before = after = 0.0
    for lanes in estimate.knows:
        both, own = (lanes & knowing).bit_count() / LANES, lanes.bit_count() / LANES
        if 0 < own < 1:
            joint = (1 - SLIP) * both + guess * (own - both)
            before += _ENTROPY[int(own * _STEPS)]
            after += right * _ENTROPY[int(joint / right * _STEPS)]
            after += wrong * _ENTROPY[int((own - joint) / wrong * _STEPS)]
    return before - after

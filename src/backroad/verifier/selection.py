"""Which checks to run: ids, prefixes or stage numbers, with their prerequisites."""

import difflib
from collections.abc import Iterable

from backroad.verifier.errors import VerifierError
from backroad.verifier.lab import Lab


def select(lab: Lab, only: Iterable[str]) -> dict[str, bool]:
    """Check id -> True if asked for, False if only a prerequisite of one that is."""
    wanted = [text.strip() for text in only if text.strip()]
    checks = {item.id: item for item in lab.checks()}
    if not wanted:
        return dict.fromkeys(checks, True)
    chosen: dict[str, bool] = {}
    for text in wanted:
        chosen.update(dict.fromkeys(matching(lab, text), True))
    waiting = list(chosen)
    while waiting:
        for need in checks[waiting.pop()].check.needs:
            if need in checks and need not in chosen:
                chosen[need] = False
                waiting.append(need)
    return chosen


def matching(lab: Lab, text: str) -> list[str]:
    """Ids that a stage number, an id or a prefix stands for."""
    if text.isdigit():
        for stage in lab.stages:
            if stage.number == int(text):
                return [item.id for item in stage.checks]
        raise VerifierError(f"{lab.title} has no stage {text}.", hint=f"Its stages are 1 to {len(lab.stages)}.")
    ids = [item.id for item in lab.checks()]
    exact = [one for one in ids if one == text]
    found = exact or [one for one in ids if one.startswith(text if text.endswith(".") else f"{text}.")]
    found = found or [one for one in ids if one.startswith(text)]
    if not found:
        nearest = difflib.get_close_matches(text, ids, 1, 0.4)
        hint = f"Did you mean {nearest[0]}?" if nearest else f"The first is {ids[0]}."
        raise VerifierError(f'No check of {lab.slug} is called "{text}".', hint=hint)
    return found

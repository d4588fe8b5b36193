"""What evidence says of a skill. A pure function: order and repetition of the evidence do not matter.

`unclear` outcomes never prove and never lower. "Last" means by time, then by id.

**new**: there is no evidence.

**learning**: there is some.

**practised**: the last answer to at least 3 different drills (to all of them, if the skill has fewer) was right, and
so were at least 80 % of the last answers to the drills that were answered.

**proven**, however many drills were answered, by any one of:

- *a lab*: every check of the lab that proves the skill passed when it was last judged. One that was never judged, or
  never ran because another failed, proves nothing. A run of only some checks leaves the verdicts of the others as
  they were. Each lab is judged on its own: an unfinished backend takes nothing from a finished one.
- *reviews*: at least 3 drills were answered right in a review 3 days or more after they were first answered right,
  at least 80 % of the last answers are right, and no lab fails one of the skill's checks.
- *an instructor* who said so last. An instructor's "failed" ends every proof that is older. What an instructor took
  back counts as if it had never been said.

Answers that the learner graded are evidence that something was done: they bring the question back in reviews, and are
left out wherever answers are counted.

A miss lowers. A check that fails ends what its lab proved. A review missed after a lab's or an instructor's proof ends
it when fewer than 80 % of the last answers are right, and so leaves the skill at learning.

**placed** is no level: the last placement credits the skill as probable. The plan leaves such a skill out, and any
later miss (a drill, a review, a check, an instructor's "failed") ends the credit. A skill stays at learning by it: only
answers about the skill itself make it practised, and a placement asks about few.

**fading**: a practised or proven skill whose drills are remembered with a mean chance under 80 %.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from backroad.progress.model import Evidence, Facts, Level, Standing

ENOUGH_DRILLS = 3
STEADY_PERCENT = 80
REMEMBERED_AFTER = timedelta(days=3)
FADING_BELOW = 0.8
_EARLIEST = datetime.min.replace(tzinfo=UTC)


def in_order(evidence: Iterable[Evidence]) -> list[Evidence]:
    """By time, then id; each id once."""
    unique = {item.id: item for item in sorted(evidence, key=msgspec.json.encode)}
    return sorted(unique.values(), key=lambda item: (item.at, item.id))


def revoked(evidence: Iterable[Evidence]) -> frozenset[str]:
    """Ids of instructors' decisions that an instructor took back by a later line, which names them."""
    said = [item for item in evidence if item.source == item.provenance == "instructor"]
    return frozenset(str(item.detail["revokes"]) for item in said if "revokes" in item.detail) & {
        item.id for item in said
    }


def _is_hearsay(item: Evidence) -> bool:
    """An instructor's decision that only the file of a learner tells of: progress there, but not a proof here."""
    return item.source == "instructor" and "claimed" in item.detail


def judge(skill: str, evidence: Iterable[Evidence], facts: Facts) -> Standing:
    """The standing of a skill without its memory; see `fade`."""
    ordered = in_order(evidence)
    gone = revoked(ordered)
    decided = [item for item in ordered if item.outcome != "unclear" and item.id not in gone and not _is_hearsay(item)]
    if not decided:
        return Standing(skill=skill, level="new")
    answers = [item for item in decided if item.source in ("drill", "review") and not item.detail.get("self_graded")]
    checks = [item for item in decided if item.source == "check" and _counts(skill, item.ref, facts)]
    last_answers, last_checks = _last(answers), _last(checks)
    right = sum(item.outcome == "passed" for item in last_answers.values())
    failing = tuple(sorted(ref for ref, item in last_checks.items() if item.outcome == "failed"))
    proofs = _proofs(skill, facts, decided, answers, last_answers, last_checks)
    level: Level = "learning"
    if proofs:
        level = "proven"
    elif right >= enough_drills(skill, facts) and _steady(last_answers):
        level = "practised"
    return Standing(
        skill=skill,
        level=level,
        passed=sum(item.outcome == "passed" for item in decided),
        failed=sum(item.outcome == "failed" for item in decided),
        answered=len(last_answers),
        right=right,
        last_at=decided[-1].at,
        proven_by=tuple(proofs),
        failing=failing,
        placed=_placed(decided, [*answers, *checks]),
    )


def fade(standing: Standing, retrievability: float | None) -> Standing:
    """The standing with the mean chance to remember its drills now."""
    settled = standing.level in ("practised", "proven")
    fading = settled and retrievability is not None and retrievability < FADING_BELOW
    return msgspec.structs.replace(standing, retrievability=retrievability, fading=fading)


def enough_drills(skill: str, facts: Facts) -> int:
    """Right answers that practised takes. A skill whose drills are unknown is measured like one that has many."""
    return min(ENOUGH_DRILLS, facts.drills.get(skill) or ENOUGH_DRILLS)


def lab_of(ref: str) -> str:
    return ref.partition("/")[0]


def _counts(skill: str, ref: str, facts: Facts) -> bool:
    """Whether the check proves the skill today. The verdicts of a lab that is not installed still count."""
    if ref in facts.checks.get(skill, ()):
        return True
    return not any(lab_of(known) == lab_of(ref) for refs in facts.checks.values() for known in refs)


def _placed(decided: Sequence[Evidence], measured: Iterable[Evidence]) -> bool:
    """Whether the last placement credits the skill, and nothing that was measured or said since speaks against it."""
    placements = [item for item in decided if item.source == "placement"]
    if not placements or placements[-1].outcome != "passed":
        return False
    said = [item for item in decided if item.source == "instructor"]
    return not any(item.outcome == "failed" and item.at > placements[-1].at for item in (*measured, *said))


def _last(ordered: Sequence[Evidence]) -> dict[str, Evidence]:
    return {item.ref: item for item in ordered}


def _steady(last_answers: Mapping[str, Evidence]) -> bool:
    right = sum(item.outcome == "passed" for item in last_answers.values())
    return right * 100 >= len(last_answers) * STEADY_PERCENT


def _proofs(
    skill: str,
    facts: Facts,
    decided: Sequence[Evidence],
    answers: Sequence[Evidence],
    last_answers: Mapping[str, Evidence],
    last_checks: Mapping[str, Evidence],
) -> list[str]:
    """What proves the skill now."""
    verdicts = [item for item in decided if item.source == "instructor"]
    said = verdicts[-1] if verdicts else None
    void_until = said.at if said and said.outcome == "failed" else _EARLIEST
    proofs = {f"lab:{lab}": at for lab, at in _labs(skill, last_checks, facts).items() if at > void_until}
    if said and said.outcome == "passed":
        proofs["instructor"] = said.at
    if not _steady(last_answers):
        missed = [item.at for item in last_answers.values() if item.source == "review" and item.outcome == "failed"]
        return sorted(name for name, at in proofs.items() if not any(miss > at for miss in missed))
    broken = any(item.outcome == "failed" for item in last_checks.values())
    if not broken and len(_remembered(answers, void_until)) >= ENOUGH_DRILLS:
        proofs["reviews"] = void_until
    return sorted(proofs)


def _labs(skill: str, last_checks: Mapping[str, Evidence], facts: Facts) -> dict[str, datetime]:
    """Lab -> when it proved the skill, for labs that do. Of a lab that is not installed, what was judged is taken."""
    wanted: dict[str, set[str]] = {}
    for ref in (*facts.checks.get(skill, ()), *last_checks):
        wanted.setdefault(lab_of(ref), set()).add(ref)
    passed = {ref: item.at for ref, item in last_checks.items() if item.outcome == "passed"}
    return {lab: max(passed[ref] for ref in refs) for lab, refs in wanted.items() if refs <= passed.keys()}


def _remembered(answers: Sequence[Evidence], after: datetime) -> set[str]:
    """Drills answered right in a review long enough after their first right answer."""
    first: dict[str, datetime] = {}
    found = set()
    for item in answers:
        if item.outcome == "passed":
            begun = first.setdefault(item.ref, item.at)
            if item.source == "review" and item.at - begun >= REMEMBERED_AFTER and item.at > after:
                found.add(item.ref)
    return found

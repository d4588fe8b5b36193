"""From the ledger to what may be claimed: pure, and never more than the evidence says."""

from collections import Counter
from collections.abc import Sequence

from backroad.credentials.model import STRENGTH, Proof, ProvenSkill
from backroad.curriculum import Skill
from backroad.progress.model import Evidence, Standing
from backroad.progress.standing import in_order, lab_of, revoked


def proven(skill: Skill, evidence: Sequence[Evidence], standing: Standing) -> ProvenSkill | None:
    """None unless the skill stands as proven now."""
    ordered = in_order(evidence)
    gone = revoked(ordered)
    decided = [item for item in ordered if item.outcome != "unclear" and item.id not in gone]
    if standing.level != "proven" or not decided:
        return None
    proofs = [proof for name in standing.proven_by if (proof := _proof(name, decided))]
    if not proofs:
        return None
    passed = [item for item in decided if item.outcome == "passed" and item.source != "placement"]
    return ProvenSkill(
        id=skill.id,
        title=skill.title,
        claim=skill.claim,
        proofs=tuple(proofs),
        by_provenance=dict(sorted(Counter(item.provenance for item in passed).items())),
        passed=len(passed),
        failed=sum(item.outcome == "failed" for item in decided),
        first_at=passed[0].at if passed else decided[0].at,
        last_at=decided[-1].at,
        fading=standing.fading,
    )


def _proof(name: str, decided: Sequence[Evidence]) -> Proof | None:
    """The last evidence of each thing that the proof takes; what one of it lacks, the whole lacks."""
    kind, _, slug = name.partition(":")
    if kind == "lab":
        found = [item for item in decided if item.source == "check" and lab_of(item.ref) == slug]
    elif kind == "instructor":
        found = [item for item in decided if item.source == "instructor" and "claimed" not in item.detail][-1:]
    else:
        found = [item for item in decided if item.source == "review" and item.outcome == "passed"]
    last = {item.ref: item for item in found}
    rests_on = [item for item in last.values() if item.outcome == "passed"]
    if not rests_on:
        return None
    times = [item.at for item in rests_on]
    weakest = min((item.provenance for item in rests_on), key=STRENGTH.index)
    return Proof(name, weakest, len(rests_on), min(times), max(times))

"""What may be claimed follows from the evidence, and is never more."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from backroad.credentials.claims import proven
from backroad.curriculum import Skill
from backroad.progress.model import Evidence, Facts
from backroad.progress.standing import judge

SKILL = Skill(id="sql.joins", title="Joins", claim="You can join.", requires=(), minutes=60)
FACTS = Facts(drills={"sql.joins": 5}, checks={"sql.joins": ("shop/a", "shop/b")})
START = datetime(2027, 1, 4, 10, tzinfo=UTC)


def line(
    source: str, ref: str, *, day: int = 0, outcome: str = "passed", provenance: str = "self-run", detail: object = None
) -> Evidence:
    number = f"{source}{ref}{day}{outcome}{provenance}"
    raw = {"id": number, "learner": "a", "skill": "sql.joins", "source": source, "ref": ref, "outcome": outcome,
           "at": START + timedelta(days=day), "provenance": provenance, "detail": detail or {}}  # fmt: skip
    return msgspec.convert(raw, Evidence)


REMEMBERED = [line(source, ref, day=day) for ref in "xyz" for source, day in (("drill", 0), ("review", 5))]
PROVEN = {
    "a lab alone": ([line("check", "shop/a"), line("check", "shop/b")], {"lab:shop": ("self-run", 2)}),
    "a supervised lab": (
        [line("check", ref, provenance="supervised") for ref in ("shop/a", "shop/b")],
        {"lab:shop": ("supervised", 2)},
    ),
    "half supervised is self-run": (
        [line("check", "shop/a", provenance="supervised"), line("check", "shop/b")],
        {"lab:shop": ("self-run", 2)},
    ),
    "the last run counts": (
        [
            *(line("check", ref, provenance="supervised") for ref in ("shop/a", "shop/b")),
            line("check", "shop/b", day=2),
        ],
        {"lab:shop": ("self-run", 2)},
    ),
    "an instructor": (
        [line("instructor", "carol", provenance="instructor")],
        {"instructor": ("instructor", 1)},
    ),
    "reviews": (REMEMBERED, {"reviews": ("self-run", 3)}),
    "two ways": (
        [*REMEMBERED, line("instructor", "carol", provenance="instructor")],
        {"instructor": ("instructor", 1), "reviews": ("self-run", 3)},
    ),
}


@pytest.mark.parametrize("name", PROVEN)
def test_each_proof_states_what_it_rests_on(name: str) -> None:
    evidence, expected = PROVEN[name]
    found = proven(SKILL, evidence, judge("sql.joins", evidence, FACTS))
    assert found
    assert {proof.name: (proof.provenance, proof.passed) for proof in found.proofs} == expected
    assert found.passed == len(evidence)
    assert sum(found.by_provenance.values()) == found.passed
    assert found.first_at <= found.last_at


SAID = line("instructor", "c", provenance="instructor")
UNPROVEN = {
    "nothing": [],
    "an instructor of whom only a file tells": [line("instructor", "c", detail={"claimed": "instructor"})],
    "an instructor who took it back": [
        SAID, line("instructor", "c", day=1, outcome="unclear", provenance="instructor", detail={"revokes": SAID.id}),
    ],
    "a placement": [line("placement", "p")],
    "answers": [line("drill", ref) for ref in "vwxyz"],
    "one check of two": [line("check", "shop/a")],
    "a check that failed later": [
        line("check", "shop/a"), line("check", "shop/b"), line("check", "shop/b", day=1, outcome="failed"),
    ],
    "an unclear check": [line("check", "shop/a"), line("check", "shop/b", outcome="unclear")],
    "an instructor who changed their mind": [
        line("instructor", "c", provenance="instructor"),
        line("instructor", "c", day=1, outcome="failed", provenance="instructor"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", UNPROVEN)
def test_what_is_not_proven_is_not_claimed(name: str) -> None:
    evidence = UNPROVEN[name]
    assert proven(SKILL, evidence, judge("sql.joins", evidence, FACTS)) is None


def test_failures_are_told_too_and_placements_count_for_nothing() -> None:
    evidence = [
        line("placement", "p"), line("check", "shop/a", outcome="failed"), line("check", "shop/a", day=1),
        line("check", "shop/b", day=1),
    ]  # fmt: skip
    found = proven(SKILL, evidence, judge("sql.joins", evidence, FACTS))
    assert found
    assert (found.passed, found.failed, found.by_provenance) == (2, 1, {"self-run": 2})

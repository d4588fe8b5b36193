"""What a learner graded is kept and reviewed, and no standing rests on it."""

from datetime import UTC, datetime, timedelta

from backroad.progress.model import Evidence, Facts
from backroad.progress.standing import judge

NOW = datetime(2027, 1, 4, 10, tzinfo=UTC)
FACTS = Facts(drills={"a.b": 8})


def evidence(number: int, **more: object) -> Evidence:
    return Evidence(  # type: ignore[arg-type]
        **{
            "id": f"e{number}",
            "learner": "l",
            "skill": "a.b",
            "source": "review",
            "ref": f"a.b/{number}",
            "outcome": "passed",
            "at": NOW + timedelta(days=number),
            **more,
        }
    )


def test_ticks_alone_practise_and_prove_nothing() -> None:
    ticks = [evidence(n, detail={"self_graded": True}) for n in range(4)]
    again = [evidence(n, id=f"x{n}", at=NOW + timedelta(days=30 + n), detail={"self_graded": True}) for n in range(4)]
    standing = judge("a.b", [*ticks, *again], FACTS)
    assert (standing.level, standing.answered, standing.right, standing.proven_by) == ("learning", 0, 0, ())


def test_a_miss_that_one_admits_lowers_nothing() -> None:
    right = [evidence(n, source="drill") for n in range(3)]
    missed = [evidence(9 + n, outcome="failed", detail={"self_graded": True}) for n in range(5)]
    assert judge("a.b", right, FACTS).level == judge("a.b", [*right, *missed], FACTS).level == "practised"

"""Evidence for the tests: short to write, and every kind of it for the property tests."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from backroad.progress.model import Evidence, Facts, NewEvidence

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
SKILL = "sql.joins"
FACTS = Facts(
    drills={SKILL: 6, "sql.small": 2},
    checks={SKILL: ("shortener/links.joins", "shortener/links.rows", "shop/cart.joins")},
)


def at(days: float) -> datetime:
    return NOW + timedelta(days=days)


def done(source: str, ref: str, outcome: str, days: float = 0, name: str = "", **more: object) -> Evidence:
    """One line of the ledger, `days` after now; named by its content unless told otherwise."""
    refs = {"drill": f"{SKILL}/{ref}", "review": f"{SKILL}/{ref}", "check": ref}
    return Evidence(
        id=name or f"{days:09.3f}-{source}-{ref}-{outcome}",
        learner="local",
        skill=SKILL,
        source=source,  # type: ignore[arg-type]
        ref=refs.get(source, ref),
        outcome=outcome,  # type: ignore[arg-type]
        at=at(days),
        **more,  # type: ignore[arg-type]
    )


def right(*refs: str, source: str = "drill", days: float = 0) -> list[Evidence]:
    return [done(source, ref, "passed", days) for ref in refs]


def as_new(item: Evidence) -> NewEvidence:
    fields = {name: getattr(item, name) for name in NewEvidence.__struct_fields__}
    return NewEvidence(**fields)


@st.composite
def histories(draw: st.DrawFn) -> list[Evidence]:
    """Up to 25 lines in any order; some share a moment."""
    made = []
    for number in range(draw(st.integers(0, 25))):
        source = draw(st.sampled_from(["drill", "drill", "review", "check", "check", "placement", "instructor"]))
        ref = draw(st.sampled_from("abcd"))
        if source == "check":
            ref = draw(st.sampled_from([*FACTS.checks[SKILL], "gone/check", "shop/retired"]))
        outcome = draw(st.sampled_from(["passed", "passed", "passed", "failed", "unclear"]))
        detail = draw(st.sampled_from([{}, {"estimate": 30}, {"run": "run-1"}]))
        days = draw(st.integers(-40, 0)) / 2
        made.append(done(source, ref, outcome, days, f"id-{number}", seconds=90.0, detail=detail))
    return draw(st.permutations(made))

"""The ledger in a real SQLite file, and what is derived from it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from backroad.kit.clock import local_day
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.progress import actions as progress
from backroad.progress import store
from backroad.progress.model import Activity, Evidence, Facts, NewEvidence
from backroad.progress.standing import judge

from .samples import FACTS, NOW, SKILL, as_new, at, done, histories, right

T = TypeVar("T")
TODAY = local_day(NOW)
REVIEW = ("review", SKILL)
LATER = NOW + timedelta(days=60)


class Ledger:
    """The actions under test, with one learner."""

    def __init__(self, db: Database, learner: str = "local") -> None:
        self.db, self.learner = db, learner

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *args, **more: self.db.run_now(
            lambda tx: getattr(progress, name)(tx, self.learner, *args, **more)
        )

    def add(self, *items: Evidence, now: datetime = LATER) -> list[Evidence]:
        return self.record([as_new(item) for item in items], now=now, facts=FACTS)  # type: ignore[no-any-return]

    def state(self) -> dict[str, object]:
        """All that is derived, as rows."""

        def read(tx: Connection) -> dict[str, object]:
            tables = (store.standing_table, store.card_table, store.verdict_table, store.activity_table)
            rows = {t.name: sorted(map(str, tx.execute(t.select().where(t.c.learner == self.learner)))) for t in tables}
            return {**rows}

        return self.db.run_now(read)


@pytest.fixture
def ledger(db: Database) -> Ledger:
    return Ledger(db)


def test_recording_moves_standing_card_and_time_at_once(ledger: Ledger) -> None:
    ledger.add(*[msgspec.structs.replace(item, seconds=40.0) for item in right("a", "b", "c")])
    standing = ledger.standings(NOW)[SKILL]
    assert (standing.level, standing.retrievability, standing.fading) == ("practised", 1.0, False)
    assert ledger.latest_outcomes(SKILL) == {f"{SKILL}/{name}": "passed" for name in "abc"}
    assert ledger.answered_drills() == {SKILL: 3}
    assert ledger.days_active() == {TODAY: 120.0}
    assert ledger.time_spent() == {SKILL: 120.0}


def test_an_id_counts_once(ledger: Ledger) -> None:
    item = done("drill", "a", "passed")
    assert len(ledger.add(item)) == 1
    before = ledger.state()
    assert ledger.add(item, msgspec.structs.replace(item, outcome="failed")) == []
    assert ledger.state() == before
    assert len(ledger.ledger()) == 1


def test_what_is_left_empty_is_filled_in(ledger: Ledger) -> None:
    new = NewEvidence(skill=SKILL, source="drill", ref=f"{SKILL}/a", outcome="passed", detail={"estimate": 30})
    first, second = ledger.record([new, new], now=NOW, facts=FACTS)
    assert first.at == NOW
    assert len({first.id, second.id, ""}) == 3
    assert ledger.evidence_of(SKILL, 1)[0].detail == {"estimate": 30}


def test_one_learners_evidence_is_not_anothers(db: Database) -> None:
    alice, bob = Ledger(db), Ledger(db, "bob")
    item = done("drill", "a", "passed")
    alice.add(item)
    assert (bob.standings(NOW), bob.ledger(), bob.days_active(), bob.due_reviews(date.max)) == ({}, [], {}, [])
    assert len(bob.add(item)) == 1, "the same export can be taken up by two learners"


def test_a_skill_fades_as_it_is_forgotten(ledger: Ledger) -> None:
    ledger.add(*right("a", "b", "c"))
    chances = [ledger.standings(at(days))[SKILL] for days in (0, 2, 10, 40)]
    values = [standing.retrievability for standing in chances]
    assert values == sorted(values, reverse=True)
    assert [standing.fading for standing in chances] == [False, False, True, True]


def test_reviews_fall_due_and_are_forecast(ledger: Ledger) -> None:
    ledger.add(*right("a", "b"), done("drill", "c", "failed"))
    one, two = TODAY + timedelta(days=1), TODAY + timedelta(days=2)
    assert ledger.due_reviews(TODAY) == []
    assert [card.ref for card in ledger.due_reviews(two)] == [f"{SKILL}/{name}" for name in "cab"]
    assert [card.ref for card in ledger.due_reviews(two, 1)] == [f"{SKILL}/c"]
    assert (ledger.is_due(f"{SKILL}/c", TODAY), ledger.is_due(f"{SKILL}/c", one)) == (False, True)
    assert ledger.forecast(TODAY, 3) == {one: 1, two: 2}


def test_the_last_decided_verdict_of_each_check_is_kept(ledger: Ledger) -> None:
    check = "shortener/links.joins"
    ledger.add(done("check", check, "unclear", 0))
    assert ledger.latest_checks() == {check: "unclear"}
    ledger.add(done("check", check, "passed", 3), done("check", check, "failed", 1), done("check", check, "unclear", 4))
    assert ledger.latest_checks() == {check: "passed"}
    ledger.add(done("check", check, "failed", 2))
    assert ledger.latest_checks() == {check: "passed"}, "late news of an earlier run"


def test_checks_that_prove_no_skill_are_kept_without_a_standing(ledger: Ledger) -> None:
    ledger.add(msgspec.structs.replace(done("check", "shortener/http.answers", "passed"), skill=""))
    assert ledger.standings(NOW) == {}
    assert ledger.latest_checks() == {"shortener/http.answers": "passed"}


def test_a_run_makes_the_day_active_once_and_without_time(ledger: Ledger) -> None:
    checks = [done("check", ref, "passed", seconds=5.0, detail={"run": "run-1"}) for ref in FACTS.checks[SKILL][:2]]
    ledger.add(*checks)
    (activity,) = ledger.activities()
    assert (activity.id, activity.kind, activity.ref, activity.seconds) == ("run-1", "build", "shortener", 0.0)


def test_time_is_logged(ledger: Ledger) -> None:
    ledger.log_time("learn", SKILL, 5400.0, NOW)
    ledger.log_time("build", "shortener", 1800.0, NOW, activity_id="stint")
    ledger.log_time("build", "shortener", 1800.0, NOW, activity_id="stint")
    ledger.log_time("review", SKILL, 600.0, NOW)
    assert ledger.time_spent() == {SKILL: 5400.0, "shortener": 1800.0}, "reviews are outside the estimates"
    assert ledger.read_at(SKILL) == NOW
    assert ledger.read_at("sql.other") is None
    assert ledger.read_skills() == {SKILL: NOW}
    assert ledger.spent_by_day() == {TODAY: {("build", "shortener"): 1800.0, ("learn", SKILL): 5400.0, REVIEW: 600.0}}
    assert ledger.spent_by_day(TODAY + timedelta(days=1)) == {}


def test_pace_comes_from_finished_skills_alone(ledger: Ledger) -> None:
    ledger.log_time("learn", SKILL, 5400.0, NOW)
    ledger.log_time("learn", "sql.other", 60.0, NOW)
    estimates = {SKILL: 60, "sql.other": 60}
    assert ledger.pace(estimates) == (1.0, 0.134)
    ledger.add(*right("a", "b", "c"))
    assert ledger.pace(estimates)[0] == pytest.approx((5 + 1.5) / 6, abs=0.001)


def test_activities_survive_an_export_with_their_days(db: Database) -> None:
    alice, bob = Ledger(db), Ledger(db, "bob")
    alice.log_time("learn", SKILL, 60.0, NOW)
    kept = [msgspec.structs.replace(item, day=date(2027, 2, 28)) for item in alice.activities()]
    assert bob.restore_activity(kept) == 1
    assert bob.restore_activity(kept) == 0
    assert bob.days_active() == {date(2027, 2, 28): 60.0}
    assert isinstance(bob.activities(date(2027, 2, 28))[0], Activity)
    assert bob.activities(date(2027, 3, 1)) == []


def test_newest_evidence_pages_through_equal_times(ledger: Ledger) -> None:
    ledger.add(*(done("drill", "a", "passed", 0, f"id-{n}") for n in range(5)), done("drill", "b", "passed", 1))
    seen, before = [], None
    while page := ledger.newest_evidence(2, before=before):
        seen += [item.id for item in page]
        before = (page[-1].at, page[-1].id)
    assert [item[-1] for item in seen[1:]] == list("43210")
    assert len(seen) == 6


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(evidence=histories(), cuts=st.lists(st.integers(1, 6), max_size=25))
def test_a_rebuild_equals_what_was_derived_step_by_step(
    db: Database, evidence: list[Evidence], cuts: list[int]
) -> None:
    ledger = Ledger(db, f"learner-{len(ledger_names)}")
    ledger_names.append(ledger.learner)
    rest = list(evidence)
    for size in [*cuts, len(rest) + 1]:
        ledger.add(*rest[:size])
        rest = rest[size:]
    stepwise = ledger.state()
    ledger.rebuild(facts=FACTS)
    assert ledger.state() == stepwise
    found = ledger.standings(NOW).get(SKILL)
    assert (found.level if found else "new") == judge(SKILL, evidence, FACTS).level
    assert sorted(item.id for item in ledger.ledger()) == sorted(item.id for item in evidence)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(evidence=histories())
def test_the_order_of_arrival_does_not_matter(db: Database, evidence: list[Evidence]) -> None:
    found = []
    for arrived in (evidence, sorted(evidence, key=lambda item: item.id, reverse=True)):
        ledger = Ledger(db, f"learner-{len(ledger_names)}")
        ledger_names.append(ledger.learner)
        for item in arrived:
            ledger.add(item)
        found.append((ledger.standings(LATER), ledger.due_reviews(date.max), ledger.latest_checks()))
    assert found[0] == found[1]


ledger_names: list[str] = []
"""A learner of its own for every example, since the database stays the same."""


def test_a_rebuild_follows_changed_facts(ledger: Ledger) -> None:
    ledger.add(*right("a", "b"))
    assert ledger.standings(NOW)[SKILL].level == "learning"
    ledger.rebuild(facts=Facts(drills={SKILL: 2}))
    assert ledger.standings(NOW)[SKILL].level == "practised"


GOOD = NewEvidence(skill=SKILL, source="drill", ref="a", outcome="passed")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"outcome": "not run"}, "unknown source or outcome"),
        ({"source": "rumour"}, "unknown source or outcome"),
        ({"provenance": "friend"}, "unknown provenance"),
        ({"at": datetime(2027, 1, 1)}, "without a time zone"),
        ({"at": datetime(2028, 1, 1, tzinfo=UTC)}, "from the future (2028-01-01)"),
        ({"seconds": -1.0}, "took -1.0 seconds"),
        ({"seconds": float("nan")}, "took nan seconds"),
        ({"ref": ""}, "missing or too long"),
        ({"id": "x" * 65}, "missing or too long"),
    ],
)
def test_bad_evidence_is_refused_and_nothing_of_its_batch_is_kept(ledger: Ledger, change: dict, said: str) -> None:
    with pytest.raises(Problem, match=said.replace("(", r"\(").replace(")", r"\)")):
        ledger.record([GOOD, msgspec.structs.replace(GOOD, **change)], now=NOW, facts=FACTS)
    assert ledger.ledger() == []


@pytest.mark.parametrize(("kind", "ref", "seconds"), [("sleep", "a", 1), ("learn", "", 1), ("learn", "a", -1)])
def test_bad_time_is_refused(ledger: Ledger, kind: str, ref: str, seconds: float) -> None:
    with pytest.raises(Problem):
        ledger.log_time(kind, ref, seconds, NOW)

"""Plans of a learner with the real curriculum: deadlines and the ways out, breaks, and what they move."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from backroad.accounts import actions as accounts
from backroad.accounts.model import Learner
from backroad.kit.errors import Problem
from backroad.planner import actions
from backroad.planner.model import Plan
from backroad.planner.offers import fits
from backroad.product import Product
from tests.databases import settings_of

pytestmark = pytest.mark.slow
MONDAY = date(2027, 1, 4)
NOW = datetime(2027, 1, 4, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    made = Product.open(settings_of(tmp_path_factory.mktemp("planner")))
    assert made.curriculum.roads
    assert made.outlines
    assert made.facts.drills
    yield made
    made.close()


def settle(product: Product, **changes: Any) -> Learner:
    answers: dict[str, Any] = {
        "road": "canonical",
        "roads": product.curriculum.roads.keys(),
        "language": "python",
        "minutes": [60, 60, 60, 60, 60, 120, 0],
        "start": MONDAY,
        "days_off": (),
        "now": NOW,
    }
    return product.db.run_now(lambda tx: accounts.settle(tx, **{**answers, **changes}))


def plan_of(product: Product, learner: Learner) -> Plan:
    return product.db.run_now(
        lambda tx: actions.plan_for(tx, learner, product.curriculum, product.outlines, product.facts, today=MONDAY)
    )


def take(product: Product, learner: Learner, kind: Any) -> Plan:
    return product.db.run_now(
        lambda tx: actions.take_offer(
            tx, learner, product.curriculum, product.outlines, product.facts, kind, today=MONDAY
        )
    )


@pytest.mark.parametrize("kind", ["later-end", "more-minutes", "drop-optional"])
def test_an_offer_that_is_taken_changes_the_settings_as_it_says(product: Product, kind: str) -> None:
    road = "build-and-interview" if kind == "drop-optional" else "canonical"
    learner = settle(product, road=road, deadline=MONDAY + timedelta(days=60), study_from="07:00", retention=85)
    (warning,) = plan_of(product, learner).warnings
    offer = next(offer for offer in warning.offers if offer.kind == kind)
    plan = take(product, learner, kind)
    changed = product.db.run_now(accounts.the_learner)
    assert plan.end == offer.end
    assert bool(fits(plan, changed.deadline)) == offer.suffices
    taken = {"later-end": {"deadline"}, "more-minutes": {"minutes"}, "drop-optional": {"drop_optional"}}[kind]
    assert {name for name in Learner.__struct_fields__ if getattr(changed, name) != getattr(learner, name)} == taken


@pytest.mark.parametrize("deadline", [None, MONDAY + timedelta(days=3000)])
def test_where_nothing_is_offered_nothing_can_be_taken(product: Product, deadline: date | None) -> None:
    learner = settle(product, deadline=deadline)
    with pytest.raises(Problem) as refused:
        take(product, learner, "later-end")
    assert refused.value.status == 409
    assert product.db.run_now(accounts.the_learner) == learner


def test_an_offer_that_leads_nowhere_cannot_be_taken(product: Product) -> None:
    learner = settle(product, deadline=MONDAY + timedelta(days=1))
    with pytest.raises(Problem):
        take(product, learner, "more-minutes")


def test_a_plan_says_how_it_stands_to_a_deadline_that_it_meets(product: Product) -> None:
    plan = plan_of(product, settle(product))
    assert plan.end
    assert plan.end_range
    assert fits(plan, None) == ""
    assert fits(plan, plan.end).startswith("The plan fits: it ends on the day of your deadline of ")
    assert "but a slower pace could end on" in fits(plan, plan.end)
    sure = plan.end_range[1]
    assert f"{(sure - plan.end).days} days before" in fits(plan, sure)
    assert "slower" not in fits(plan, sure)


def test_a_break_moves_the_plan_and_says_what_moved(product: Product) -> None:
    learner = settle(product)

    def look(tx: Any, learner: Learner) -> Any:
        where = (product.curriculum, product.outlines, product.facts)
        plan, _ = actions.today_for(tx, learner, *where, today=MONDAY)
        return plan, actions.moved_of(tx, learner, plan, today=MONDAY)

    before, nothing = product.db.run_now(lambda tx: look(tx, learner))
    assert nothing is None
    away = accounts.break_days(date(2027, 1, 11), date(2027, 1, 24))
    learner = settle(product, days_off=away)
    after, changes = product.db.run_now(lambda tx: look(tx, learner))
    assert after.end >= before.end + timedelta(days=10)
    assert not any(day.sessions for day in after.days if day.date in away)
    assert changes.missed_days == ()
    assert "sessions moved" in changes.summary
    assert "the end moves from" in changes.summary.lower()

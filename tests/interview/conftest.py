from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from backroad.accounts import actions as accounts
from backroad.product import Product
from tests.databases import settings_of

NOW = datetime(2027, 1, 4, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The shipped curriculum and drills, read once."""
    product = Product.open(settings_of(tmp_path_factory.mktemp("shipped")))
    _ = product.curriculum, product.library, product.facts
    yield product
    product.close()


@pytest.fixture
def product(shipped: Product, tmp_path: Path) -> Iterator[Product]:
    """With a database of the test's own and a learner in it."""
    made = Product.open(settings_of(tmp_path / "home"))
    for name in ("curriculum", "library", "labs", "outlines", "facts"):
        setattr(made, name, getattr(shipped, name))
    made.db.run_now(
        lambda tx: accounts.settle(
            tx,
            road="canonical",
            roads=["canonical"],
            language="python",
            minutes=[60, 60, 60, 60, 60, 120, 0],
            start=date(2027, 1, 4),
            days_off=[],
            now=NOW,
        )
    )
    yield made
    made.close()

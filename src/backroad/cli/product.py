"""The product as commands use it: opened for one command, closed after it."""

from collections.abc import Iterator
from contextlib import contextmanager

from backroad import settings
from backroad.accounts import actions as accounts
from backroad.accounts.model import Learner
from backroad.product import Product


@contextmanager
def opened() -> Iterator[Product]:
    product = Product.open(settings.load())
    try:
        yield product
    finally:
        product.close()


def learner_of(product: Product) -> Learner:
    return product.db.run_now(accounts.the_learner)

"""Backroad as a target of its own verifier: data in DATA_DIR, and a learner who has answered the five questions."""

import os
import sys
from datetime import date
from pathlib import Path

os.environ["BACKROAD_HOME"] = str(Path(os.environ["DATA_DIR"]))
os.environ["BACKROAD_PORT"] = os.environ["PORT"]


def settle() -> None:
    from backroad import settings
    from backroad.accounts import actions
    from backroad.kit import clock
    from backroad.product import Product

    product = Product.open(settings.load())
    roads = product.curriculum.roads.keys()
    answers = {"road": "canonical", "language": "python", "minutes": [60] * 7, "start": date(2027, 1, 1)}
    try:
        if not product.db.run_now(actions.is_set_up):
            product.db.run_now(
                lambda tx: actions.settle(tx, **answers, roads=roads, days_off=(), now=clock.now())  # type: ignore[arg-type]
            )
    finally:
        product.close()


if __name__ == "__main__":
    settle()
    sys.argv = ["backroad", "start", "--no-browser"]
    from backroad.cli import main

    main()

"""How many runs there are right now."""

from collections.abc import Mapping

from sqlalchemy import Connection, func, select

from backroad.kit.metrics import Reading
from backroad.labs.store import run_table


def _live(tx: Connection) -> Mapping[tuple[str, ...], float]:
    found = select(func.count()).where(run_table.c.state == "running")
    return {(): tx.execute(found).scalar_one()}


READINGS = (Reading("backroad_runs_live", "Runs of labs that go on.", _live),)

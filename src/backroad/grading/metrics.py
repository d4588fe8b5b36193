"""How much waits to be graded, and who grades."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Connection, func, select

from backroad.grading import store
from backroad.grading.model import OPEN
from backroad.kit.metrics import Reading

ALIVE = timedelta(seconds=30)
"""A grader that was not heard of for longer is taken for gone."""
g, s = store.grading_table.c, store.submission_table.c


def _gradings(tx: Connection) -> Mapping[tuple[str, ...], float]:
    found = select(g.state, func.count()).where(g.state.in_(OPEN)).group_by(g.state)
    counts: dict[str, int] = dict(tx.execute(found).tuples().all())
    return {(state,): counts.get(state, 0) for state in OPEN}


def _open(tx: Connection) -> Mapping[tuple[str, ...], float]:
    return {(): tx.execute(select(func.count()).where(s.outcome.is_(None))).scalar_one()}


def _graders(tx: Connection) -> Mapping[tuple[str, ...], float]:
    seen = store.grader_table.c.seen_at
    return {(): tx.execute(select(func.count()).where(seen > store.now(tx) - ALIVE)).scalar_one()}


READINGS = (
    Reading("backroad_gradings", "Gradings that wait or run; identical submissions are one.", _gradings, ("state",)),
    Reading("backroad_submissions_open", "Submissions whose end is not told yet.", _open),
    Reading("backroad_graders", "Workers that were heard of in the last 30 s.", _graders),
)

"""Learners with a year behind them, for the benchmarks: one who really lived it, and as many copies as wanted."""

import random
from datetime import timedelta

from sqlalchemy import Connection, String, Table, cast, insert, literal, select, text

from backroad import app  # noqa: F401 (every feature's tables)
from backroad.accounts import actions as accounts
from backroad.kit import clock
from backroad.kit.db import Database, metadata
from backroad.notes import actions as notes
from backroad.product import Product
from backroad.progress import actions as progress
from backroad.progress.model import NewEvidence

YEAR = 364
"""Days; whole weeks."""
COPIED = ("learner", "evidence", "standing", "card", "verdict", "memory", "activity", "note", "plan_snapshot")
SERIES = "(WITH RECURSIVE s(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM s WHERE n < {last}) SELECT n FROM s)"
SOME = 2_000
"""Copies that one transaction makes."""


def live_a_year(product: Product, learner: str = "local", days: int = YEAR) -> None:
    """Up to yesterday: two drills on five days a week, most of them right, a lab each month, a note a week."""
    chance = random.Random(7)
    roads, drills = product.curriculum.roads, product.library.by_skill
    skills = [skill for step in roads["canonical"].steps for skill in step.skills if skill in drills]
    labs = [lab for lab in product.labs.all if len(lab.checks()) < 60]
    answers = {"road": "canonical", "language": "python", "minutes": [60, 60, 60, 60, 60, 0, 0], "days_off": ()}
    begun = clock.now().replace(hour=18) - timedelta(days=YEAR + 1)
    product.db.run_now(
        lambda tx: accounts.settle(tx, **answers, roads=roads.keys(), start=begun.date(), now=begun, learner_id=learner)  # type: ignore[arg-type]
    )
    for day in range(days):
        at = begun + timedelta(days=day)
        items = []
        if at.weekday() < 5:
            for turn in range(2):
                skill = skills[(day * 2 + turn) // 5 % len(skills)]
                drill = chance.choice(drills[skill])
                outcome = "passed" if chance.random() < 0.85 else "failed"
                when = at + timedelta(minutes=turn)
                items.append(
                    NewEvidence(skill=skill, source="drill", ref=drill.id, outcome=outcome, at=when, seconds=60)
                )  # type: ignore[arg-type]
        if day % 30 == 29:
            lab = labs[day // 30 % len(labs)]
            for check in lab.checks()[:20]:
                for skill in check.proves[:1]:
                    ref = f"{lab.slug}/{check.id}"
                    items.append(NewEvidence(skill=skill, source="check", ref=ref, outcome="passed", at=at))
        if items:
            product.db.run_now(
                lambda tx, items=items, at=at: progress.record(tx, learner, items, now=at, facts=product.facts)
            )
        if day % 7 == 0:
            words = f"Week {day // 7}: what I learned about {chance.choice(skills)}."
            product.db.run_now(
                lambda tx, words=words, at=at: notes.add(
                    tx, learner, "day", at.date().isoformat(), words, at, lambda *_: True
                )
            )


def copy_learners(db: Database, number: int, learner: str = "local") -> int:
    """So many more learners with the same year, whose ids are `copy-1` and so on; the rows they have together. A
    transaction holds some of them, so that what it must be able to undo stays small."""
    return sum(
        db.run_now(lambda tx, first=first: _copies(tx, first + 1, min(first + SOME, number), learner))  # type: ignore[misc]
        for first in range(0, number, SOME)
    )


def _copies(tx: Connection, first: int, last: int, learner: str) -> int:
    touching = _put_off_triggers(tx)
    numbers = (
        f"generate_series({first}, {last}) AS s(n)"
        if tx.dialect.name == "postgresql"
        else SERIES.format(first=first, last=last)
    )
    series = select(text("n")).select_from(text(numbers)).subquery()
    rows = sum(_copied(tx, metadata.tables[name], series, learner) for name in COPIED)
    for statement in touching:
        tx.exec_driver_sql(statement)
    return rows


def _put_off_triggers(tx: Connection) -> list[str]:
    """What is noted about each row for the answers that are kept is of no use here; the statements that undo this."""
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql("SET LOCAL session_replication_role = replica")
        tx.exec_driver_sql("SET LOCAL statement_timeout = 0")
        return []
    found = tx.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'touch_%'")
    triggers = found.all()
    for name, _ in triggers:
        tx.exec_driver_sql(f"DROP TRIGGER {name}")
    return [sql for _, sql in triggers]


def _copied(tx: Connection, table: Table, series: object, learner: str) -> int:
    whose = table.c["id"] if table.name == "learner" else table.c["learner"]
    number = cast(text("n"), String)
    values = []
    for column in table.c:
        if column is whose:
            values.append((literal("copy-") + number).label(column.name))
        elif table.name == "note" and column.name == "id":
            values.append((column + "-" + number).label(column.name))
        else:
            values.append(column)
    found = select(*values).select_from(table).join(series, literal(True)).where(whose == learner)  # type: ignore[arg-type]
    return tx.execute(insert(table).from_select([column.name for column in table.c], found)).rowcount


def settle_down(tx: Connection) -> None:
    """Let the database count what it holds, as it would by itself in time."""
    tx.exec_driver_sql("ANALYZE")

from collections.abc import Iterator
from pathlib import Path

import pytest

from backroad.accounts.store import learner_table
from backroad.kit.db import Database, metadata
from backroad.progress import store
from tests.databases import database_url


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """A real database with the tables of progress."""
    made = Database(database_url(tmp_path / "test.db"))
    derived = (store.standing_table, store.card_table, store.verdict_table, store.memory_table)
    tables = (learner_table, store.evidence_table, store.activity_table, *derived)
    made.run_now(lambda tx: metadata.create_all(tx, tables=tables))
    yield made
    made.close()

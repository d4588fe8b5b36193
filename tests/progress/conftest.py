from collections.abc import Iterator
from pathlib import Path

import pytest

from backroad.kit.db import Database, metadata, sqlite_url
from backroad.progress import store


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """A real SQLite file with the tables of progress."""
    made = Database(sqlite_url(tmp_path / "test.db"))
    tables = (store.evidence_table, store.standing_table, store.card_table, store.verdict_table, store.activity_table)
    made.run_now(lambda tx: metadata.create_all(tx, tables=tables))
    yield made
    made.close()

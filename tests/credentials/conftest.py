import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from backroad.curriculum import Curriculum, load
from backroad.kit.db import Database, sqlite_url
from backroad.kit.migrate import migrate
from backroad.kit.paths import content_dir
from tests.databases import database_url


@pytest.fixture(scope="session")
def blank_credentials(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the schema and nothing else, to be copied."""
    path = tmp_path_factory.mktemp("blank") / "backroad.db"
    db = Database(sqlite_url(path))
    migrate(db)
    with db.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA journal_mode = DELETE")
    db.close()
    return path


@pytest.fixture
def db(blank_credentials: Path, tmp_path: Path) -> Iterator[Database]:
    url = database_url(tmp_path / "backroad.db")
    if url.startswith("sqlite"):
        shutil.copyfile(blank_credentials, tmp_path / "backroad.db")
    found = Database(url)
    yield found
    found.close()


@pytest.fixture(scope="session")
def curriculum() -> Curriculum:
    return load(content_dir())

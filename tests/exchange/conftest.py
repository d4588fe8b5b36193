import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backroad.kit.db import Database, sqlite_url
from backroad.kit.migrate import migrate
from tests.databases import SERVER, database_url

MakeDb = Callable[[], Database]


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the schema and nothing else, to be copied."""
    path = tmp_path_factory.mktemp("blank") / "backroad.db"
    db = Database(sqlite_url(path))
    migrate(db)
    with db.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA journal_mode = DELETE")  # so that one file is all of it
    db.close()
    return path


@pytest.fixture(scope="module")
def make_db(blank: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeDb]:
    """Makes empty databases of the real schema."""
    folder, made = tmp_path_factory.mktemp("homes"), list[Database]()

    def make() -> Database:
        path = folder / f"{len(made)}.db"
        if not SERVER:
            shutil.copyfile(blank, path)
        made.append(Database(database_url(path)))
        return made[-1]

    yield make
    for db in made:
        db.close()

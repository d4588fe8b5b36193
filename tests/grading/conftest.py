from collections.abc import Iterator
from pathlib import Path

import pytest

from backroad.kit.db import Database, sqlite_url
from backroad.kit.migrate import migrate
from backroad.labs.library import LabLibrary
from tests.grading.samples import NOW, toy_labs
from tests.postgresql import postgresql_url


@pytest.fixture(autouse=True)
def _pretended_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of evidence. The queue goes by the real time."""
    monkeypatch.setenv("BACKROAD_NOW", NOW.isoformat())


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database, of each engine."""
    if request.param == "sqlite":
        yield from _opened(sqlite_url(tmp_path / "grading.db"))
        return
    with postgresql_url() as url:
        yield from _opened(url)


@pytest.fixture
def sqlite_db(tmp_path: Path) -> Iterator[Database]:
    yield from _opened(sqlite_url(tmp_path / "grading.db"))


def _opened(url: str) -> Iterator[Database]:
    made = Database(url)
    migrate(made)
    yield made
    made.close()


@pytest.fixture
def labs(tmp_path: Path) -> LabLibrary:
    return toy_labs(tmp_path)

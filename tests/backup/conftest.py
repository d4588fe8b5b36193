"""Two places that a server can keep its data in, each with a database and a folder."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from backroad.kit.db import Database, sqlite_url
from backroad.kit.migrate import migrate
from tests.backup.samples import fill
from tests.postgresql import postgresql_url


class Place:
    def __init__(self, home: Path, url: str) -> None:
        home.mkdir()
        self.home = home
        self.db = Database(url)

    @property
    def environment(self) -> dict[str, str]:
        if self.db.is_sqlite:
            return {}
        return {"BACKROAD_DATABASE_URL": self.db.url.replace("postgresql+psycopg://", "postgresql://")}


Places = Callable[[str, str], Place]


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    """A new and empty place: (name of its folder, "sqlite" or "postgresql")."""
    with ExitStack() as stack:

        def make(name: str, engine: str) -> Place:
            home = tmp_path / name
            url = sqlite_url(home / "backroad.db") if engine == "sqlite" else stack.enter_context(postgresql_url())
            made = Place(home, url)
            stack.callback(made.db.close)
            return made

        yield make


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def engine(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def lived_in(places: Places, engine: str) -> Place:
    """A place with rows in every table, and files."""
    place = places("lived-in", engine)
    migrate(place.db)
    fill(place.db)
    (place.home / "content" / "skills").mkdir(parents=True)
    (place.home / "content" / "skills" / "mine.md").write_text("Own words: å\n", encoding="utf-8")
    (place.home / "submissions").mkdir()
    (place.home / "submissions" / "large.bin").write_bytes(bytes(range(256)) * 12_000)  # three chunks
    (place.home / "submissions" / "empty").write_bytes(b"")
    (place.home / "submissions" / "run.sh").write_text("#!/bin/sh\n")
    (place.home / "submissions" / "run.sh").chmod(0o755)
    (place.home / ".half-written.tmp").write_bytes(b"not yet")
    return place

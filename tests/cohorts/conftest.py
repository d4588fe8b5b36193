"""One school for all tests that leave its people and cohorts as they are, or undo what they do."""

from collections.abc import Iterator

import pytest

from tests.cohorts.school import School, opened


@pytest.fixture(scope="session")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with opened(tmp_path_factory.mktemp("school")) as made:
        yield made

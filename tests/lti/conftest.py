from collections.abc import Iterator

import pytest

from backroad.lti import platforms
from tests.credentials.conftest import blank_credentials, db
from tests.lti.platform import CLIENT, DEPLOYMENT, Platform
from tests.server_mode import Hosted, hosting

__all__ = ["blank_credentials", "db"]


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    with hosting(tmp_path_factory.mktemp("tool")) as running:
        yield running


@pytest.fixture
def platform(tool: Hosted) -> Iterator[Platform]:
    """One that is registered at the tool. Each has an address, and so an issuer, of its own."""
    made = Platform(tool.url, tool.now)
    tool.db.run_now(
        lambda tx: platforms.add(
            tx,
            issuer=made.url,
            client_id=CLIENT,
            login_url=f"{made.url}/auth",
            token_url=f"{made.url}/token",
            jwks_url=f"{made.url}/jwks",
            deployments=[DEPLOYMENT],
            title="Moodle of the test",
            now=tool.now,
        )
    )
    yield made
    made.close()
    assert made.faults == []

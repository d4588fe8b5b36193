"""Servers that tests of identity share. Their clock runs, and they change nobody's role."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.identity.abroad import Provider, provider, settings_for
from tests.server_mode import Hosted, hosting


@pytest.fixture(scope="session")
def ticking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    """A server whose clock runs."""
    with hosting(tmp_path_factory.mktemp("programs"), now="") as running:
        yield running


@pytest.fixture
def program(ticking: Hosted) -> Iterator[httpx2.Client]:
    """No browser: it sends neither cookies nor an origin."""
    with httpx2.Client(base_url=ticking.url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def abroad() -> Iterator[Provider]:
    with provider() as running:
        yield running


@pytest.fixture(scope="session")
def university(tmp_path_factory: pytest.TempPathFactory, abroad: Provider) -> Iterator[Hosted]:
    """A server where people also sign in with `abroad`."""
    with hosting(tmp_path_factory.mktemp("elsewhere"), now="", **settings_for(abroad)) as running:
        abroad.standin.redirect_uris = [f"{running.url}/login/from/oidc"]
        yield running

"""What tests of several features need: a data folder, the running server, a browser."""

import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from hypothesis import is_hypothesis_test, settings

from tests.databases import drop_databases
from tests.server_mode import hosted as hosted
from tests.serving import Server, serving


def find_chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("BACKROAD_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


# The same cases each time: what CI finds, a second run finds. HYPOTHESIS_EXPLORE=1 looks for new ones.
settings.register_profile("same", derandomize=True, deadline=None)
if not os.environ.get("HYPOTHESIS_EXPLORE"):
    settings.load_profile("same")

NEEDS = {
    "browser": ("browser", "Chromium", find_chromium),
    "node": ("Node.js", "Node.js", lambda: shutil.which("node")),
}
"""Marker -> what its tests are called, what they need, how that is found."""
LEFT_OUT: pytest.StashKey[Counter[str]] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes 20 seconds or more, so that it is begun first")
    config.addinivalue_line("markers", "node: needs Node.js; left out, and said so, where there is none")
    config.stash[LEFT_OUT] = Counter()
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as in the background; what we start would too
        signal.signal(signal.SIGINT, signal.default_int_handler)


SLOW = (
    "backup",
    "cohorts/test_routes",
    "credentials",
    "grading",
    "graphql",
    "identity",
    "lti",
    "operations",
    "signing",
)
"""Below `tests`: nearly all that is there starts servers, sandboxes or databases of its own."""


def _is_slow_place(item: pytest.Item) -> bool:
    place = item.nodeid.removeprefix("tests/").replace(".py", "/")
    return place.startswith(tuple(f"{name}/" for name in SLOW))


def pytest_itemcollected(item: pytest.Item) -> None:
    """Generated cases take seconds, not milliseconds: each such test is a slow one."""
    if is_hypothesis_test(getattr(item, "obj", None)) or _is_slow_place(item):
        item.add_marker(pytest.mark.slow)


@pytest.hookimpl(trylast=True)  # after -m and -k have chosen
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this machine cannot run, and count it; in CI that is an error."""
    absent = {marker for marker, (_, _, find) in NEEDS.items() if not find()}
    left_out = [item for item in items if any(item.get_closest_marker(marker) for marker in absent)]
    for item in left_out:
        config.stash[LEFT_OUT].update({next(marker for marker in absent if item.get_closest_marker(marker)): 1})
    if left_out and os.environ.get("CI", "").lower() in ("true", "1"):
        raise pytest.UsageError("; ".join(_said_of_left_out(config)))
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]
    _as_written(items)
    items[:] = _long_ones_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def _as_written(items: list[pytest.Item]) -> None:
    """Tests of a server share one a module, and change it: they run in the order in which they are written."""
    places = [place for place, item in enumerate(items) if _is_slow_place(item)]
    ordered = sorted((items[place] for place in places), key=lambda item: (item.location[0], item.location[1] or 0))
    for place, item in zip(places, ordered, strict=True):
        items[place] = item


def _long_ones_first(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Each worker begins with an equal part of the tests, in order: the long ones stand at the beginnings of the parts,
    so that in the end none is left over for one worker while the others have nothing to do."""
    long = [item for item in items if item.get_closest_marker("long")]
    short = [item for item in items if not item.get_closest_marker("long")]
    size = -(-len(short) // workers) or 1
    parts = [(long[number::workers], short[number * size : (number + 1) * size]) for number in range(workers)]
    return [item for first, then in parts for item in (*first, *then)]


def _said_of_left_out(config: pytest.Config) -> list[str]:
    said = []
    for marker, count in sorted(config.stash[LEFT_OUT].items()):
        kind, needed, _ = NEEDS[marker]
        tests = f"{count} {kind} test" + ("" if count == 1 else "s")
        said.append(f"left out: {tests}, because there is no {needed}; install it to run them")
    return said


def pytest_sessionfinish() -> None:
    drop_databases()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in _said_of_left_out(config):
        terminalreporter.write_line(line, yellow=True)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder that does not exist yet."""
    return tmp_path / "home"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running Backroad for all tests that can share it: they leave its settings alone and name what they make."""
    with serving(tmp_path_factory.mktemp("server") / "home") as running:
        yield running


@pytest.fixture(scope="session")
def settled(server: Server) -> Server:
    """The same, with a learner who has answered the five questions."""
    server.settle()
    return server


@pytest.fixture
def client(settled: Server) -> Iterator[httpx2.Client]:
    with settled.client() as client:
        yield client


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's executable; tests that ask for it carry the marker `browser`."""
    path = find_chromium()
    assert path is not None
    return path

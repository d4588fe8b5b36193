"""Numbers that tell the truth, from however many processes, to whoever may know them."""

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.server_mode import Hosted, hosting

pytestmark = pytest.mark.slow
LINE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)")
TOKEN = "a token of the length that it must have"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    """Two processes as one server."""
    with hosting(tmp_path_factory.mktemp("two"), workers="2") as server:
        yield server


def read(server: Hosted) -> dict[tuple[str, str], float]:
    """(name, labels) -> value."""
    answer = httpx2.get(f"{server.url}/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = {}
    for line in answer.text.splitlines():
        if not line.startswith("#"):
            match = LINE.fullmatch(line)
            assert match, line
            assert (match[1], match[2] or "") not in found, line
            found[match[1], match[2] or ""] = float(match[3])
    return found


def total(numbers: dict[tuple[str, str], float], name: str, *within: str) -> float:
    return sum(value for (one, labels), value in numbers.items() if one == name and all(w in labels for w in within))


def ask(server: Hosted, times: int, path: str) -> None:
    """Each time over a connection of its own, so that both processes get some."""
    for _ in range(times):
        httpx2.get(f"{server.url}{path}")


def test_two_processes_count_together(two: Hosted) -> None:
    before = read(two)
    ask(two, 12, "/login")
    ask(two, 5, "/skills/nowhere.at-all")
    after = read(two)
    name = "backroad_http_requests_total"
    assert total(after, name, 'route="/login"') - total(before, name, 'route="/login"') == 12
    assert total(after, name) - total(before, name) == 12 + 5 + 1
    count = "backroad_http_request_seconds_count"
    assert total(after, count, 'route="/login"') - total(before, count, 'route="/login"') == 12
    last = total(after, "backroad_http_request_seconds_bucket", 'route="/login"', 'le="+Inf"')
    assert last == total(after, count, 'route="/login"')
    pids = [labels for name, labels in after if name == "backroad_process_resident_memory_bytes"]
    assert len(pids) == 2


def test_addresses_make_no_series(two: Hosted) -> None:
    ask(two, 1, "/odd-0")
    before = len(read(two))
    for number in range(1, 20):
        ask(two, 1, f"/odd-{number}")
    for method in ("BREW", "WHEN"):
        httpx2.request(method, f"{two.url}/login")
    assert len(read(two)) - before < 20 * 2


def test_what_the_database_does_is_measured(two: Hosted) -> None:
    before = read(two)
    two.alice.client.get("/")
    after = read(two)
    name = "backroad_database_transaction_seconds_count"
    assert total(after, name) > total(before, name)
    assert total(after, "backroad_database_statements_total") > total(before, "backroad_database_statements_total")
    assert after["backroad_database_up", ""] == 1
    assert after["backroad_database_connections_in_use", ""] == 0
    assert after["backroad_runs_live", ""] == after["backroad_submissions_open", ""] == 0
    assert after["backroad_gradings", 'state="waiting"'] == after["backroad_gradings", 'state="running"'] == 0
    assert after["backroad_graders", ""] == 0


def test_only_this_machine_may_ask_without_a_token(two: Hosted) -> None:
    for headers in (
        {"x-forwarded-for": "203.0.113.9"},
        {"forwarded": "for=203.0.113.9"},
        {"x-real-ip": "203.0.113.9"},
        {"host": "rebound.example"},
    ):
        assert httpx2.get(f"{two.url}/metrics", headers=headers).status_code == 404, headers
    assert httpx2.post(f"{two.url}/metrics").status_code == 405
    head = httpx2.head(f"{two.url}/metrics")
    assert (head.status_code, head.content) == (200, b"")


def test_with_a_token_the_token_alone_counts(tmp_path: Path) -> None:
    with hosting(tmp_path, metrics_token=TOKEN) as server:
        url = f"{server.url}/metrics"
        for headers in ({}, {"authorization": "Bearer another"}, {"authorization": TOKEN}):
            refused = httpx2.get(url, headers=headers)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"] == 'Bearer realm="metrics"'
        allowed = {"authorization": f"Bearer {TOKEN}", "host": "10.0.0.7:8321", "x-forwarded-for": "203.0.113.9"}
        assert httpx2.get(url, headers=allowed).status_code == 200


def test_mail_is_counted(tmp_path: Path) -> None:
    with hosting(tmp_path) as server:
        server.alice  # noqa: B018 (an account)
        server.client().post("/reset", data={"email": "alice@example.org"})
        until = time.monotonic() + 10
        while not server.mails("alice@example.org") and time.monotonic() < until:
            time.sleep(0.05)
        assert server.mails("alice@example.org")
        assert total(read(server), "backroad_mails_total", 'outcome="sent"') == 1


def test_a_process_that_dies_leaves_its_counts_and_takes_its_gauges(tmp_path: Path) -> None:
    with hosting(tmp_path, workers="2") as server:
        ask(server, 8, "/login")
        before = read(server)
        pids = [int(labels[5:-1]) for name, labels in before if name == "backroad_process_threads"]
        os.kill(pids[0], signal.SIGKILL)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                after = read(server)
            except (httpx2.HTTPError, AssertionError):
                continue
            alive = [int(labels[5:-1]) for name, labels in after if name == "backroad_process_threads"]
            if len(alive) == 2 and pids[0] not in alive:
                break
            time.sleep(0.2)
        name = "backroad_http_requests_total"
        assert total(after, name, 'route="/login"') == 8
        assert after["backroad_http_requests_in_flight", ""] == 1

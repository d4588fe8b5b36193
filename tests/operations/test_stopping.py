"""A server that is told to stop answers what was begun, says first that it is not ready, and leaves nothing behind."""

import os
import signal
import socket
import sqlite3
import tempfile
import threading
import time
from pathlib import Path

import httpx2
import pytest

from backroad.operations.workers import MEMORY
from tests.server_mode import Hosted, hosting
from tests.serving import group_members

pytestmark = pytest.mark.slow


def held_up(server: Hosted, seconds: float) -> tuple[list[httpx2.Response], threading.Thread, threading.Thread]:
    """A request that waits for the database, which another writer holds for so long."""
    holds = threading.Event()

    def hold() -> None:
        with sqlite3.connect(server.home / "backroad.db", isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            holds.set()
            time.sleep(seconds)
            other.execute("ROLLBACK")
        other.close()

    answers: list[httpx2.Response] = []
    client = server.alice.client
    holder = threading.Thread(target=hold)
    holder.start()
    holds.wait(10)
    asking = threading.Thread(target=lambda: answers.append(client.get("/")))
    asking.start()
    time.sleep(0.3)
    return answers, asking, holder


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_was_begun_is_answered(tmp_path: Path, workers: str, how: signal.Signals) -> None:
    with hosting(tmp_path, workers=workers) as server:
        answers, asking, holder = held_up(server, 2)
        began = time.monotonic()
        os.kill(server.process.pid, how)
        time.sleep(0.3)
        with pytest.raises(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=1):
            pass
        assert server.process.wait(30) == 0, server.said
        asking.join(10)
        holder.join(10)
        assert [answer.status_code for answer in answers] == [200]
        assert time.monotonic() - began < 10
        assert group_members(server.process.pid) == []
        left = [one for place in (tempfile.gettempdir(), MEMORY) for one in Path(place).glob("backroad-workers-*")]
        assert [one for one in left if f"-{server.process.pid}-" in one.name] == []


def test_it_answers_on_while_it_drains(tmp_path: Path) -> None:
    """Whoever is in front learns that it goes before it is gone, so no request is lost."""
    with hosting(tmp_path, workers="2", drain_seconds="3") as server:
        lost: list[str] = []
        stop = threading.Event()

        def balancer() -> None:
            """Sends on as long as the server says that it is ready."""
            while not stop.is_set():
                try:
                    if httpx2.get(f"{server.url}/readyz", timeout=5).status_code != 200:
                        return
                    answer = httpx2.get(f"{server.url}/login", timeout=5)
                    if answer.status_code != 200:
                        lost.append(str(answer.status_code))
                except httpx2.HTTPError as error:
                    lost.append(repr(error))
                time.sleep(0.02)

        threads = [threading.Thread(target=balancer) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        os.kill(server.process.pid, signal.SIGTERM)
        began = time.monotonic()
        time.sleep(0.5)
        answer = httpx2.get(f"{server.url}/readyz")
        assert (answer.status_code, answer.json()["parts"][0]["says"]) == (503, "It is shutting down.")
        assert httpx2.get(f"{server.url}/login").status_code == 200
        assert server.process.wait(30) == 0, server.said
        assert 2.5 < time.monotonic() - began < 10
        stop.set()
        for thread in threads:
            thread.join()
        assert lost == []


def test_asked_twice_it_stops_at_once(tmp_path: Path) -> None:
    with hosting(tmp_path, drain_seconds="60") as server:
        os.kill(server.process.pid, signal.SIGTERM)
        time.sleep(0.5)
        os.kill(server.process.pid, signal.SIGTERM)
        assert server.process.wait(15) == 0, server.said


def test_killed_it_takes_its_workers_along(tmp_path: Path) -> None:
    """Else they would go on holding the port."""
    with hosting(tmp_path, workers="2") as server:
        os.kill(server.process.pid, signal.SIGKILL)
        until = time.monotonic() + 15
        while group_members(server.process.pid) and time.monotonic() < until:
            time.sleep(0.2)
        assert group_members(server.process.pid) == []

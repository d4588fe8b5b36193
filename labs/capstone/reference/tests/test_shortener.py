"""The program as it runs: started as a process, asked over HTTP, on a database that is made for the tests."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

FOLDER = Path(__file__).resolve().parent.parent
SERVER = os.environ.get("DATABASE_URL", "")
Reply = tuple[int, dict[str, str], Any]


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


def ask(base: str, method: str, path: str, body: Any = None, key: str = "") -> Reply:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data, headers, method=method)
    try:
        answer = urllib.request.build_opener(NoRedirects).open(request, timeout=10)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        text = answer.read()
        found = {name.lower(): value for name, value in answer.headers.items()}
        return answer.status, found, json.loads(text) if "json" in found.get("content-type", "") else text


@unittest.skipUnless(SERVER, "DATABASE_URL names no PostgreSQL on which databases can be made")
class OnDatabase(unittest.TestCase):
    """Each test has databases and instances of its own, and leaves nothing behind."""

    def database(self) -> str:
        name = f"test_{secrets.token_hex(6)}"
        with psycopg.connect(SERVER, autocommit=True) as db:
            db.execute(f"CREATE DATABASE {name}".encode())
        self.addCleanup(self.drop, name)
        return urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}"))

    def drop(self, name: str) -> None:
        with psycopg.connect(SERVER, autocommit=True) as db:
            db.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def manage(self, url: str, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(FOLDER / "manage.py"), *words]
        env = {**os.environ, "DATABASE_URL": url}
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)

    def start(self, url: str) -> tuple[str, subprocess.Popen[bytes]]:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        env = {**os.environ, "DATABASE_URL": url, "PORT": str(port), "HOST": "127.0.0.1"}
        process = subprocess.Popen([sys.executable, str(FOLDER / "app.py")], env=env, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        base = f"http://127.0.0.1:{port}"
        for _ in range(200):
            try:
                ask(base, "GET", "/healthz")
                return base, process
            except OSError:
                time.sleep(0.05)
        raise AssertionError("it does not answer")

    def link(self, base: str) -> tuple[str, str]:
        """A key, and the slug of a link that it made."""
        key = ask(base, "POST", "/keys", {"name": "Ada"})[2]["key"]
        status, _, link = ask(base, "POST", "/links", {"url": "https://example.com/a"}, key)
        assert status == 201
        return key, link["slug"]


class Service(OnDatabase):
    def test_a_change_is_seen_by_the_other_instance_at_once(self) -> None:
        url = self.database()
        assert self.manage(url, "migrate").returncode == 0
        (one, _), (two, _) = self.start(url), self.start(url)
        key, slug = self.link(one)
        assert ask(two, "PATCH", f"/links/{slug}", {"url": "https://example.com/b"}, key)[0] == 200
        status, headers, _ = ask(one, "GET", f"/{slug}")
        assert (status, headers["location"]) == (302, "https://example.com/b")
        assert ask(two, "GET", f"/links/{slug}", key=key)[2]["clicks"] == 1

    def test_it_is_not_ready_before_it_is_migrated(self) -> None:
        url = self.database()
        base, _ = self.start(url)
        assert ask(base, "GET", "/healthz")[0] == 200
        assert ask(base, "GET", "/readyz")[0] == 503
        assert ask(base, "POST", "/keys", {"name": "Ada"})[0] == 503
        assert self.manage(url, "migrate").returncode == 0
        assert ask(base, "GET", "/readyz")[0] == 200

    def test_it_stops_when_asked(self) -> None:
        _, process = self.start(self.database())
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0

    def test_it_names_every_wrong_setting_and_repeats_none(self) -> None:
        env = {**os.environ, "DATABASE_URL": "mysql://me:hunter2@db", "PORT": "http"}
        command = [sys.executable, str(FOLDER / "app.py")]
        ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=10, check=False)
        assert ended.returncode == 2
        told = [json.loads(line)["message"].split()[0] for line in ended.stderr.splitlines()]
        assert sorted(told) == ["DATABASE_URL", "PORT"]
        assert "hunter2" not in ended.stderr


class Backups(OnDatabase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "backup.tar.gz"
        self.old, self.new = self.database(), self.database()
        self.manage(self.old, "migrate")
        self.base, _ = self.start(self.old)
        self.key, self.slug = self.link(self.base)
        assert self.manage(self.old, "backup", str(self.file)).returncode == 0

    def test_a_backup_comes_back_whole(self) -> None:
        assert self.manage(self.new, "restore", str(self.file)).returncode == 0
        restored, _ = self.start(self.new)
        before = ask(self.base, "GET", f"/links/{self.slug}", key=self.key)[2]
        after = ask(restored, "GET", f"/links/{self.slug}", key=self.key)[2]
        assert before["url"] == after["url"]
        assert before["created_at"] == after["created_at"]
        assert ask(restored, "POST", "/links", {"url": "https://example.com/c"}, self.key)[0] == 201

    def test_a_broken_backup_changes_nothing(self) -> None:
        self.file.write_bytes(self.file.read_bytes()[:-20])
        ended = self.manage(self.new, "restore", str(self.file))
        assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
        assert self.manage(self.new, "backup", str(self.file)).returncode == 1  # there is not even a schema

    def test_rows_that_are_there_are_not_overwritten(self) -> None:
        assert self.manage(self.old, "restore", str(self.file)).returncode == 1
        assert self.manage(self.old, "restore", "--replace", str(self.file)).returncode == 0


if __name__ == "__main__":
    unittest.main()

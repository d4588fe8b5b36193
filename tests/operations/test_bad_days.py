"""Wrong settings, parts that are away, a full disk, a clock that jumps: a sentence, what still can work does, and
nothing is lost."""

import resource
import sqlite3
import subprocess
import time
from pathlib import Path

import httpx2
import psutil
import pytest

from tests.server_mode import PASSWORD, SECRET_KEY, hosting
from tests.serving import COMMAND, environment, free_port

pytestmark = pytest.mark.slow
PASSWORD_OF_DATABASE = "hunter2hunter2"


def served(tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """`backroad serve`, which is expected not to come up."""
    port = str(free_port())
    sound = {
        "mode": "server", "port": port, "public_url": f"http://localhost:{port}", "secret_key": SECRET_KEY,
        "mail_url": "file:///tmp",
    }  # fmt: skip
    env = environment(tmp_path / "home")
    env |= {f"BACKROAD_{name.upper()}": value for name, value in {**sound, **variables}.items()}
    return subprocess.run([*COMMAND, "serve"], env=env, capture_output=True, text=True, timeout=60, check=False)


def told(ended: subprocess.CompletedProcess[str]) -> str:
    """One sentence or a few on standard error, without a traceback and without secrets."""
    assert ended.returncode == 1, ended.stderr
    assert ended.stderr.startswith("backroad: ")
    assert len(ended.stderr.splitlines()) <= 2
    assert "Traceback" not in ended.stderr
    assert PASSWORD_OF_DATABASE not in ended.stderr
    return ended.stderr


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    said = told(
        served(
            tmp_path, port="eighty", workers="0", database_url=f"mysql://me:{PASSWORD_OF_DATABASE}@host/db",
            redis_url="http://host", public_url="http://learn.example.org", secret_key="short", mail_url="mail",
            signup="maybe", trusted_proxies="-1", log_format="xml", metrics_token="x", otlp_url="ftp://x",
            drain_seconds="soon", publik_url="https://learn.example.org",
        )
    )  # fmt: skip
    for name in (
        "PORT", "WORKERS", "DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "SECRET_KEY", "MAIL_URL", "SIGNUP",
        "TRUSTED_PROXIES", "LOG_FORMAT", "METRICS_TOKEN", "OTLP_URL", "DRAIN_SECONDS",
    ):  # fmt: skip
        assert f"BACKROAD_{name} is" in said
    assert "BACKROAD_PUBLIK_URL is not a setting; did you mean BACKROAD_PUBLIC_URL?" in said
    assert "short" not in said


def test_what_is_missing_is_said_at_once(tmp_path: Path) -> None:
    said = told(served(tmp_path, public_url="", secret_key="", mail_url=""))
    for name in ("PUBLIC_URL", "SECRET_KEY", "MAIL_URL"):
        assert f"BACKROAD_{name} is missing" in said


def test_secrets_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{SECRET_KEY}\n")
    said = told(served(tmp_path, secret_key="", secret_key_file=str(tmp_path / "key"), port="x"))
    assert "SECRET_KEY" not in said
    assert "BACKROAD_SECRET_KEY is" in told(served(tmp_path, secret_key_file=str(tmp_path / "key")))
    gone = told(served(tmp_path, secret_key="", secret_key_file=str(tmp_path / "gone")))
    assert "BACKROAD_SECRET_KEY_FILE cannot be read: No such file or directory" in gone
    (tmp_path / "binary").write_bytes(b"\xff\xfe" * 40)
    told(served(tmp_path, secret_key="", secret_key_file=str(tmp_path / "binary")))


@pytest.mark.parametrize("name", ["sentry_dsn"])
def test_a_dsn_that_is_none(tmp_path: Path, name: str) -> None:
    assert "BACKROAD_SENTRY_DSN is no DSN" in told(served(tmp_path, **{name: "https://localhost/without-key"}))


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    url = f"postgresql://me:{PASSWORD_OF_DATABASE}@127.0.0.1:{free_port()}/db"
    assert "The database cannot be reached." in told(served(tmp_path, database_url=url))


def test_a_newer_database(tmp_path: Path) -> None:
    with hosting(tmp_path) as server:
        pass
    with sqlite3.connect(server.home / "backroad.db") as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    other.close()
    assert "written by a newer Backroad (schema 9999" in told(served(tmp_path))


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with hosting(tmp_path) as server:
        assert f"Port {server.port} is taken" in told(served(tmp_path / "other", port=str(server.port)))


def test_redis_and_mail_that_are_not_there_stop_nobody(tmp_path: Path) -> None:
    away = {"redis_url": f"redis://127.0.0.1:{free_port()}/0", "mail_url": f"smtp://127.0.0.1:{free_port()}"}
    with hosting(tmp_path, **away) as server:
        assert server.alice.client.get("/").status_code == 200
        assert httpx2.get(f"{server.url}/readyz").json()["status"] == "degraded"
        answer = server.client().post("/reset", data={"email": "alice@example.org"})
        assert answer.status_code < 500
        until = time.monotonic() + 15
        while "mail not sent" not in server.said and time.monotonic() < until:
            time.sleep(0.1)
        assert '"event":"mail not sent"' in server.said
        assert "alice@example.org" not in server.said
        numbers = httpx2.get(f"{server.url}/metrics").text
        assert 'backroad_mails_total{outcome="failed"} 1.0' in numbers


def test_a_full_disk(tmp_path: Path) -> None:
    """A limit on the size of files, set while the server runs, stands in for the end of the disk."""
    with hosting(tmp_path) as server:
        client = server.alice.client
        note = {"kind": "skill", "ref": "sql.joins", "text": "kept"}
        assert client.post("/api/v1/notes", json=note).status_code == 201
        workers = psutil.Process(server.process.pid).children(recursive=True)
        assert workers
        largest = max(file.stat().st_size for file in server.home.glob("backroad.db*"))
        try:
            for worker in workers:
                resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
            answers = [client.post("/api/v1/notes", json={**note, "text": "x" * 9000}) for _ in range(200)]
            refused = next(answer for answer in answers if answer.status_code != 201)
            assert refused.status_code == 507, refused.text
            assert refused.headers["content-type"] == "application/problem+json"
            assert "nothing was saved" in refused.json()["detail"]
            assert client.get("/api/v1/notes").status_code == 200
            assert httpx2.get(f"{server.url}/livez").status_code == 200
        finally:
            for worker in workers:
                resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert client.post("/api/v1/notes", json={**note, "text": "room again"}).status_code == 201
        texts = [one["text"] for one in client.get("/api/v1/notes?limit=100").json()["items"]]
        assert texts[0] == "room again"


def test_a_clock_that_jumps(tmp_path: Path) -> None:
    """A day back: sessions are from tomorrow. A year ahead: they have ended. Nothing fails, nothing is lost."""
    with hosting(tmp_path) as server:
        alice = server.alice
        cookies = dict(alice.client.cookies)
        note = {"kind": "skill", "ref": "sql.joins", "text": "kept"}
        assert alice.client.post("/api/v1/notes", json=note).status_code == 201
    for now, welcome in (("2027-01-03T10:00:00+00:00", True), ("2028-03-01T10:00:00+00:00", False)):
        with hosting(tmp_path, now=now) as server:
            client = server.client(cookies=cookies)
            page = client.get("/")
            assert page.status_code == (200 if welcome else 303), (now, page.text)
            again = server.sign_in("alice", PASSWORD)
            for path in ("/", "/plan", "/progress", "/road", "/api/v1/plan", "/notes"):
                assert again.get(path).status_code == 200, (now, path)
            assert [one["text"] for one in again.get("/api/v1/notes").json()["items"]] == ["kept"]

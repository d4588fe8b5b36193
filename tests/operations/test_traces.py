"""Spans as a collector gets them, over real HTTP: what happened, and nobody's data."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operations.receivers import Receiver, attributes, receiving, spans
from tests.server_mode import Hosted, hosting
from tests.serving import environment, free_port

pytestmark = pytest.mark.slow
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(scope="module")
def collector() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory, collector: Receiver) -> Iterator[Hosted]:
    with hosting(tmp_path_factory.mktemp("traced"), otlp_url=collector.url) as server:
        yield server


def test_a_request_and_its_statements_are_one_trace(traced: Hosted, collector: Receiver) -> None:
    client = traced.alice.client
    client.get("/?token=hidden-in-the-query", headers={"x-request-id": "traced", "traceparent": PARENT})
    mine = collector.wait_for(
        lambda taken: [s for s in spans(taken) if attributes(s).get("backroad.request_id") == "traced"] or None
    )
    (span,) = mine
    assert span.name == "GET /"
    assert span.trace_id.hex() == PARENT[3:35]
    assert span.parent_span_id.hex() == PARENT[36:52]
    found = attributes(span)
    assert (found["http.route"], found["http.response.status_code"]) == ("/", 200)
    children = [one for one in spans(collector.taken) if one.parent_span_id == span.span_id]
    assert "SELECT" in {one.name for one in children}
    statements = [attributes(one)["db.query.text"] for one in children]
    assert any("FROM session" in text for text in statements)
    assert f'"trace_id":"{PARENT[3:35]}"' in traced.said


def test_nothing_of_anybody_is_in_them(traced: Hosted, collector: Receiver) -> None:
    client = traced.alice.client
    client.get("/?token=hidden-in-the-query", headers={"x-request-id": "private"})
    collector.wait_for(
        lambda taken: [s for s in spans(taken) if attributes(s).get("backroad.request_id") == "private"] or None
    )
    everything = b"".join(body for _, body in collector.taken)
    cookie = next(iter(client.cookies.values()))
    for hidden in ("hidden-in-the-query", "alice@example.org", cookie, traced.alice.id):
        assert hidden.encode() not in everything


def test_a_collector_that_is_away_stops_nobody(tmp_path: Path) -> None:
    with hosting(tmp_path, otlp_url=f"http://127.0.0.1:{free_port()}") as server:
        assert server.client().get("/login").status_code == 200


WITHOUT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("opentelemetry", "sentry_sdk"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
from pathlib import Path
from backroad.cli import main
main()
"""


@pytest.mark.parametrize(
    ("name", "value"), [("OTLP_URL", "http://localhost:4318"), ("SENTRY_DSN", "http://key@localhost/1")]
)
def test_a_missing_extra_is_told_at_the_start(tmp_path: Path, name: str, value: str) -> None:
    variables = {
        "MODE": "server",
        "PUBLIC_URL": "http://localhost:8321",
        "PORT": str(free_port()),
        "SECRET_KEY": "0" * 32,
        "MAIL_URL": "file:///tmp",
        name: value,
    }
    env = {**environment(tmp_path), **{f"BACKROAD_{key}": text for key, text in variables.items()}}
    command = [sys.executable, "-c", WITHOUT, "serve"]
    ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1, ended.stderr
    assert f"BACKROAD_{name} is set, and what sends" in ended.stderr
    assert 'pip install "backroad[observability]"' in ended.stderr
    assert "Traceback" not in ended.stderr

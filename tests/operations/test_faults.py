"""A fault of ours as Sentry gets it, over real HTTP: where it is, and nothing of the person it happened to."""

import json
import sqlite3
from collections.abc import Iterator

import pytest

from backroad.operations.faults import bare
from tests.operations.receivers import Receiver, events, receiving
from tests.server_mode import Hosted, hosting

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sentry() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def reporting(tmp_path_factory: pytest.TempPathFactory, sentry: Receiver) -> Iterator[Hosted]:
    dsn = f"http://publickey@127.0.0.1:{sentry.port}/7"
    with hosting(tmp_path_factory.mktemp("reporting"), faults=True, sentry_dsn=dsn) as server:
        yield server


def test_a_fault_is_reported_without_the_person(reporting: Hosted, sentry: Receiver) -> None:
    """A table that is gone is a fault that no code foresees."""
    client = reporting.alice.client
    with sqlite3.connect(reporting.home / "backroad.db") as other:
        other.execute("ALTER TABLE note RENAME TO elsewhere")
    other.close()
    answer = client.get("/notes?hidden=in-the-query", headers={"x-request-id": "faulty"})
    assert answer.status_code == 500
    assert "elsewhere" not in answer.text
    event = sentry.wait_for(lambda taken: next(iter(events(taken)), None))
    assert event["tags"] == {"request_id": "faulty", "method": "GET", "path": "/notes"}
    assert event["release"].startswith("backroad@")
    (error, *_) = [one for one in event["exception"]["values"] if one["type"] == "OperationalError"]
    assert error["value"] == "[removed]"
    assert any("notes" in frame["filename"] for frame in error["stacktrace"]["frames"])
    whole = json.dumps(event)
    cookie = next(iter(client.cookies.values()))
    for hidden in (
        "in-the-query",
        "alice",
        cookie,
        reporting.alice.id,
        '"vars"',
        '"request"',
        '"user"',
        '"breadcrumbs"',
    ):
        assert hidden not in whole, hidden
    assert '"event":"fault"' in reporting.said
    assert '"request_id":"faulty"' in reporting.said


def test_texts_lose_addresses() -> None:
    event = {
        "user": {"id": "1"},
        "server_name": "host",
        "exception": {
            "values": [
                {"type": "ValueError", "module": None, "value": "bad <alice@example.org> here"},
                {"type": "UniqueViolation", "module": "psycopg.errors", "value": "Key (email)=(alice@example.org)"},
            ]
        },
    }
    found = bare(event, {})
    assert found == {
        "exception": {
            "values": [
                {"type": "ValueError", "module": None, "value": "bad <[address]> here"},
                {"type": "UniqueViolation", "module": "psycopg.errors", "value": "[removed]"},
            ]
        }
    }

"""What a server writes: one object a line, with the request's id, and nothing that is nobody's business."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.server_mode import PASSWORD, Hosted, hosting
from tests.serving import environment

ODD = ("two words", "x" * 65, '"}{', "a/b", "é", "")


def lines(server: Hosted) -> list[dict[str, Any]]:
    """All but the first, which is for whoever started it."""
    return [json.loads(line) for line in server.said.splitlines() if line.startswith("{")]


def line_of(server: Hosted, request_id: str) -> dict[str, Any]:
    """It is written when the last byte is out, which may be a moment after the client has it."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        found = [line for line in lines(server) if line.get("request_id") == request_id and line["event"] == "request"]
        if found:
            assert len(found) == 1, found
            return found[0]
        time.sleep(0.02)
    raise AssertionError(f"no line of {request_id}")


@pytest.mark.slow
class TestServer:
    def test_every_line_is_json(self, hosted: Hosted) -> None:
        hosted.client().get("/login", headers={"x-request-id": "first"})
        line_of(hosted, "first")
        written = [line for line in hosted.said.splitlines() if line.strip()]
        assert [line for line in written if not line.startswith(("{", "Backroad serves"))] == []
        assert {"timestamp", "level", "event"} <= lines(hosted)[0].keys()

    @pytest.mark.parametrize(("path", "status"), [("/login", 200), ("/nowhere", 404), ("/livez", 200), ("/", 303)])
    def test_a_request_is_found_by_its_id(self, hosted: Hosted, path: str, status: int) -> None:
        given = f"mine-{path.strip('/')}.1"
        answer = hosted.client(follow_redirects=False).get(path, headers={"x-request-id": given})
        assert (answer.status_code, answer.headers["x-request-id"]) == (status, given)
        line = line_of(hosted, given)
        assert (line["status"], line["method"]) == (status, "GET")
        assert line["path"] == ("unmatched" if status == 404 else path)
        assert line["ms"] >= 0

    def test_a_request_that_is_refused_at_the_door_has_its_line(self, hosted: Hosted) -> None:
        answer = hosted.client().get("/login", headers={"host": "evil.example", "x-request-id": "evil"})
        assert answer.status_code == 403
        assert answer.headers["x-request-id"] == "evil"
        assert line_of(hosted, "evil")["status"] == 403

    @pytest.mark.parametrize("given", ODD)
    def test_an_odd_id_is_not_taken_over(self, hosted: Hosted, given: str) -> None:
        answer = hosted.client().get("/livez", headers={"x-request-id": given.encode()})
        drawn = answer.headers["x-request-id"]
        assert drawn != given
        assert len(drawn) == 32
        line_of(hosted, drawn)

    def test_ids_are_drawn_anew(self, hosted: Hosted) -> None:
        client = hosted.client()
        assert len({client.get("/livez").headers["x-request-id"] for _ in range(20)}) == 20

    def test_it_says_who_asked_and_what_the_database_did(self, hosted: Hosted) -> None:
        hosted.alice.client.get("/", headers={"x-request-id": "alices"})
        line = line_of(hosted, "alices")
        assert line["person"] == hosted.alice.id
        assert line["sql"] > 0
        assert 0 < line["sql_ms"] <= line["ms"]

    def test_secrets_stay_out(self, hosted: Hosted) -> None:
        client = hosted.sign_in("bob") if hosted.bob else hosted.client()
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        client.get("/?token=hidden-in-the-query")
        client.get("/api/v1/learner", headers={"authorization": "Bearer hidden-in-the-header"})
        client.post("/login", data={"email": "hidden@example.org", "password": "hidden in the body"})
        client.get("/calendar/hidden-in-the-path.ics")
        assert cookies.partition("=")[2]
        for hidden in ("hidden", PASSWORD, cookies.partition("=")[2], "bob@example.org"):
            assert hidden not in hosted.said


@pytest.mark.slow
def test_lines_for_people_where_they_are_asked_for(tmp_path: Path) -> None:
    with hosting(tmp_path, log_format="console") as server:
        server.client().get("/login")
        assert '{"' not in server.said
        assert "request_id=" in server.said


EVENTS = """
import logging, sys, structlog
from backroad.kit import logs
from backroad.kit.asked import Asked, asked
logs.configure("json")
log = structlog.get_logger()
asked.set(Asked("the-id", "GET"))
log.info("odd", text="two\\nlines", half="\\udc80", number=float("nan"), thing=object, user_password="hunter2")
log.info("token given", Cookie="c=hunter2", api_token="hunter2")
logging.getLogger("library").warning("it says %s", "so")
logging.getLogger("library").info("unheard")
try:
    secret_local = "hunter2"
    1 / 0
except ZeroDivisionError as error:
    log.error("fault", exc_info=error)
    logging.getLogger("library").exception("theirs")
"""


def test_whatever_is_logged_is_one_object_a_line(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", EVENTS],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [one["event"] for one in found] == ["odd", "token given", "it says so", "fault", "theirs"]
    assert {one["request_id"] for one in found} == {"the-id"}
    assert found[0]["text"] == "two\nlines"
    assert found[0]["user_password"] == found[1]["Cookie"] == found[1]["api_token"] == "[removed]"
    assert (found[2]["level"], found[2]["logger"]) == ("warning", "library")
    for one in found[3:]:
        assert one["exception"].endswith("ZeroDivisionError: division by zero")
    assert "hunter2" not in ended.stderr

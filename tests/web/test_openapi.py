"""The API is what its document says."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
from openapi_spec_validator import validate

from tests.serving import Server

CONFIG = Path(__file__).with_name("openapi.toml")


@pytest.fixture
def document(client: httpx2.Client) -> dict[str, Any]:
    answer = client.get("/api/v1/openapi/openapi.json")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json"
    found: dict[str, Any] = answer.json()
    return found


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["tags"], where
            for status, response in operation["responses"].items():
                kind = "application/problem+json" if int(status) >= 400 else "application/json"
                assert list(response.get("content", {})) in ([kind], []), f"{where} {status}"
                assert response.get("content") or status == "204", f"{where} {status}"


def test_every_write_says_that_it_takes_nothing_else(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for media in operation.get("requestBody", {}).get("content", {}).values():
                name = media["schema"]["$ref"].rpartition("/")[2]
                assert document["components"]["schemas"][name]["additionalProperties"] is False, f"{method} {path}"


def fuzzed(server: Server, *options: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        "from schemathesis.cli import schemathesis; schemathesis()",
        "--config-file",
        str(CONFIG),
    ]
    address = f"{server.url}/api/v1/openapi/openapi.json"
    arguments = ["run", address, "--max-examples", "15", "--no-color", "--seed", "1", *options]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=120, cwd=server.home)


@pytest.mark.slow
def test_a_fuzzer_finds_no_fault(settled: Server) -> None:
    before = httpx2.get(f"{settled.url}/api/v1/learner").json()
    ran = fuzzed(settled)
    kept = {name: value for name, value in before.items() if name not in ("id", "created_at")}
    assert httpx2.put(f"{settled.url}/api/v1/learner", json=kept).status_code == 200
    assert ran.returncode == 0, ran.stdout[-6000:]
    assert " passed" in ran.stdout
    assert "Tested: 24" in ran.stdout, "every operation is reached"


@pytest.mark.slow
def test_a_fuzzer_finds_no_fault_in_what_is_there(settled: Server, tmp_path: Path) -> None:
    """With ids that lead past the 404s."""
    note = {"kind": "skill", "ref": "sql.joins", "text": "to be changed"}
    made = httpx2.post(f"{settled.url}/api/v1/notes", json=note).json()["id"]
    known = tmp_path / "known.toml"
    ids = {"skill_id": "sql.joins", "name": "left-join-counts", "road_id": "canonical", "note_id": made}
    lines = [f'"path.{name}" = "{value}"' for name, value in ids.items()]
    known.write_text("\n".join([CONFIG.read_text(encoding="utf-8"), "[parameters]", *lines]), encoding="utf-8")
    ran = fuzzed(settled, "--exclude-method", "PUT", "--exclude-method", "DELETE", "--phases", "coverage,fuzzing")
    assert ran.returncode == 0, ran.stdout[-6000:]
    assert httpx2.get(f"{settled.url}/api/v1/notes/{made}").status_code == 200

"""The API is what its document says."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
from openapi_spec_validator import validate

from tests.serving import Server

FILES = {"/api/v1/export": "application/zip", "/api/v1/export/anki": "application/octet-stream"}
"""What is answered with a file and not with JSON."""
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
                kind = "application/problem+json" if int(status) >= 400 else FILES.get(path, "application/json")
                assert list(response.get("content", {})) in ([kind], []), f"{where} {status}"
                assert response.get("content") or status in ("204", "304"), f"{where} {status}"


def test_what_holds_for_every_operation_is_said(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            headers = {one["name"] for one in operation.get("parameters", []) if one["in"] == "header"}
            if method == "get" and path not in FILES:
                assert "If-None-Match" in headers, where
                assert "ETag" in operation["responses"]["304"]["headers"], where
                assert "ETag" in operation["responses"]["200"]["headers"], where
            if method == "post":
                assert "Idempotency-Key" in headers, where
                assert {"409", "422", "429"} <= operation["responses"].keys(), where
            assert ("If-Match" in headers) == ("412" in operation["responses"]), where


def test_every_write_says_that_it_takes_nothing_else(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for kind, media in operation.get("requestBody", {}).get("content", {}).items():
                if kind != "application/json":
                    continue
                name = media["schema"]["$ref"].rpartition("/")[2]
                assert document["components"]["schemas"][name]["additionalProperties"] is False, f"{method} {path}"


def fuzzed(server: Server, *options: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        "import schemathesis; schemathesis.serializer.alias(['application/gzip', 'application/zip'], "
        "'application/octet-stream'); from schemathesis.cli import schemathesis as cli; cli()",
        "--config-file",
        str(CONFIG),
    ]
    address = f"{server.url}/api/v1/openapi/openapi.json"
    arguments = ["run", address, "--max-examples", "15", "--no-color", "--seed", "1", *options]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=300, cwd=server.home)


@pytest.mark.slow
@pytest.mark.long
def test_a_fuzzer_finds_no_fault(settled: Server) -> None:
    before = httpx2.get(f"{settled.url}/api/v1/learner").json()
    ran = fuzzed(settled)
    kept = {name: value for name, value in before.items() if name not in ("id", "created_at", "calendar_token")}
    assert httpx2.put(f"{settled.url}/api/v1/learner", json=kept).status_code == 200
    assert ran.returncode == 0, ran.stdout[:3000] + ran.stdout[-3000:]
    assert " passed" in ran.stdout
    paths = httpx2.get(f"{settled.url}/api/v1/openapi/openapi.json").json()["paths"]
    assert f"Tested: {sum(map(len, paths.values()))}" in ran.stdout, "every operation is reached"


@pytest.mark.slow
@pytest.mark.long
def test_a_fuzzer_finds_no_fault_in_what_is_there(settled: Server, tmp_path: Path) -> None:
    """With ids that lead past the 404s."""
    note = {"kind": "skill", "ref": "sql.joins", "text": "to be changed"}
    made = httpx2.post(f"{settled.url}/api/v1/notes", json=note).json()["id"]
    interview = httpx2.post(f"{settled.url}/api/v1/interviews", json={}).json()["id"]
    known = tmp_path / "known.toml"
    ids = {"skill_id": "sql.joins", "name": "left-join-counts", "road_id": "canonical", "note_id": made}
    ids["interview_id"] = interview
    lines = [f'"path.{name}" = "{value}"' for name, value in ids.items()]
    known.write_text("\n".join([CONFIG.read_text(encoding="utf-8"), "[parameters]", *lines]), encoding="utf-8")
    ran = fuzzed(settled, "--exclude-method", "PUT", "--exclude-method", "DELETE", "--phases", "coverage,fuzzing")
    assert ran.returncode == 0, ran.stdout[:3000] + ran.stdout[-3000:]
    assert httpx2.get(f"{settled.url}/api/v1/notes/{made}").status_code == 200

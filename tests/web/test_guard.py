"""Who may speak to the server: its own pages and programs on this machine, and nobody else's page."""

import asyncio
import json
import re
import secrets
import socket
from html.parser import HTMLParser
from typing import Any

import httpx2
import pytest
import websockets
from websockets.asyncio.client import connect

from tests.serving import Server

pytestmark = pytest.mark.slow

WRITES = [
    ("POST", "/setup", "form"),
    ("POST", "/settings", "form"),
    ("POST", "/settings/calendar", "form"),
    ("POST", "/plan/offers", "form"),
    ("POST", "/api/v1/plan/offers", "json"),
    ("PUT", "/api/v1/plan/wishes/some-session", "json"),
    ("DELETE", "/api/v1/plan/wishes/some-session", "json"),
    ("POST", "/api/v1/learner/calendar-token", "json"),
    ("POST", "/api/v1/import", "json"),
    ("POST", "/api/v1/submissions", "json"),
    ("DELETE", "/api/v1/submissions/some-id", "json"),
    ("POST", "/api/v1/credentials", "json"),
    ("DELETE", "/api/v1/credentials/some-id", "json"),
    ("POST", "/api/v1/verifications", "json"),
    ("POST", "/api/v1/skills/sql.joins/readings", "json"),
    ("POST", "/api/v1/own-roads", "json"),
    ("POST", "/api/v1/own-roads/some-road/skills", "json"),
    ("DELETE", "/api/v1/own-roads/some-road/skills/sql.joins", "json"),
    ("POST", "/api/v1/own-roads/some-road/skills/sql.joins/moves", "json"),
    ("POST", "/notes", "form"),
    ("POST", "/notes/some-id", "form"),
    ("POST", "/skills/sql.joins/read", "form"),
    ("POST", "/drills/sql.joins/left-join-counts", "form"),
    ("PUT", "/api/v1/learner", "json"),
    ("POST", "/api/v1/notes", "json"),
    ("PATCH", "/api/v1/notes/some-id", "json"),
    ("DELETE", "/api/v1/notes/some-id", "json"),
    ("POST", "/api/v1/drills/sql.joins/left-join-counts/answers", "json"),
    ("POST", "/placement", "form"),
    ("POST", "/placement/answers", "form"),
    ("POST", "/placement/end", "form"),
    ("POST", "/api/v1/placement", "json"),
    ("POST", "/api/v1/placement/answers", "json"),
    ("POST", "/api/v1/placement/end", "json"),
    ("POST", "/interview", "form"),
    ("POST", "/interview/answers", "form"),
    ("POST", "/interview/some-id/grades", "form"),
    ("POST", "/api/v1/interviews", "json"),
    ("POST", "/api/v1/interviews/some-id/answers", "json"),
    ("POST", "/api/v1/interviews/some-id/end", "json"),
    ("POST", "/api/v1/interviews/some-id/grades", "json"),
]
"""Every route that changes something; the test below proves that the list is whole."""
FIELDS: dict[str, Any] = {
    "minutes": [1] * 7,
    "start": "2030-01-01",
    "language": "go",
    "road": "essentials-2026",
    "kind": "day",
    "ref": "2027-01-04",
    "text": "foreign",
    "answer": "foreign",
}


def everything(client: httpx2.Client) -> list[object]:
    """What a write could change."""
    paths = ("learner", "notes", "evidence", "progress", "standings", "runs", "interviews")
    return [client.get(f"/api/v1/{path}").json() for path in paths]


def test_the_list_of_writes_is_whole(client: httpx2.Client) -> None:
    document = client.get("/api/v1/openapi/openapi.json").json()
    listed = {
        (
            method.upper(),
            re.sub(r"\{skill_id\}/\{name\}", "sql.joins/left-join-counts", path)
            .replace("{skill_id}", "sql.joins")
            .replace("{submission_id}", "some-id")
            .replace("{credential_id}", "some-id")
            .replace("{road_id}", "some-road")
            .replace("{note_id}", "some-id")
            .replace("{interview_id}", "some-id")
            .replace("{session}", "some-session"),
        )
        for path, operations in document["paths"].items()
        for method in operations
        if method in ("post", "put", "patch", "delete")
    }
    assert listed == {(method, path) for method, path, _ in WRITES if path.startswith("/api/")}
    for _, path, kind in WRITES:
        if kind == "form":
            assert "POST" in client.options(path).headers["allow"], path
    readable = (
        "/",
        "/road",
        "/labs",
        "/reviews",
        "/plan",
        "/progress",
        "/labs/shortener",
        "/runs/x",
        "/export",
    )
    assert all("POST" not in client.options(path).headers["allow"] for path in readable)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example", "", "[::1]", "a" * 300]
)
@pytest.mark.parametrize("path", ["/", "/api/v1/learner", "/static/app.js", "/nothing"])
def test_a_foreign_host_is_refused(client: httpx2.Client, host: str, path: str) -> None:
    answer = client.get(path, headers={"host": host})
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert "Backroad" not in answer.text


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_own_names_are_answered(client: httpx2.Client, settled: Server, name: str) -> None:
    assert client.get("/", headers={"host": f"{name}:{settled.port}"}).status_code == 200


FOREIGN = {
    "another site": {"origin": "https://evil.example"},
    "another port": {"origin": "http://127.0.0.1:1"},
    "a sandboxed page": {"origin": "null"},
    "an empty origin": {"origin": ""},
    "a name that begins like ours": {"origin": "http://127.0.0.1.evil.example"},
    "no origin, but cross-site": {"sec-fetch-site": "cross-site"},
    "no origin, but same-site": {"sec-fetch-site": "same-site"},
    "our user name at another host": {"origin": "http://localhost@evil.example"},
}


@pytest.mark.parametrize("who", FOREIGN)
def test_foreign_pages_change_nothing(client: httpx2.Client, who: str) -> None:
    before = everything(client)
    for method, path, kind in WRITES:
        body = {"data": FIELDS} if kind == "form" else {"json": FIELDS}
        answer = client.request(method, path, headers=FOREIGN[who], **body)
        assert answer.status_code == 403, (method, path)
        assert answer.json()["detail"] == "This request comes from another site's page."
    assert everything(client) == before


def test_own_pages_and_programs_may_write(client: httpx2.Client, settled: Server) -> None:
    allowed: list[dict[str, str]] = [
        {},
        {"origin": settled.url},
        {"origin": f"http://localhost:{settled.port}", "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
    ]
    for headers in allowed:
        note = {"kind": "day", "ref": "2027-01-04", "text": f"own {secrets.token_hex(4)}"}
        assert client.post("/api/v1/notes", json=note, headers=headers).status_code == 201, headers


def test_foreign_pages_may_link_to_us(client: httpx2.Client) -> None:
    assert (
        client.get("/", headers={"sec-fetch-site": "cross-site", "origin": "https://evil.example"}).status_code == 200
    )


@pytest.mark.parametrize(
    "path", ["/", "/setup", "/nothing", "/static/app.js", "/static/none", "/api/v1/learner", "/api/v1/none"]
)
def test_every_answer_carries_the_security_headers(client: httpx2.Client, path: str) -> None:
    for answer in (client.get(path), client.head(path), client.options(path), client.delete(path)):
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert "unsafe" not in str(policy)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "set-cookie" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers


def raw_get(port: int, path: str) -> bytes:
    """The answer to a path sent as it is, which HTTP clients would tidy."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while more := connection.recv(65536):
            answer += more
    return answer


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/static/../app.py",
            "/static/%2e%2e/app.py",
            "/static/..%2fapp.py",
            "/static/..%5capp.py",
            "/static/./../app.py",
        ),
        *(
            "/static//etc/passwd",
            "/static/%2fetc%2fpasswd",
            "/static/%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2fpyproject.toml",
        ),
        *(
            "/static/fonts/../../app.py",
            "/static/%252e%252e/app.py",
            "/static/%00",
            "/static/app.js%00.txt",
            "/static/",
        ),
        *("/static/fonts", "/labs/..%2fshortener", "/labs/%2e%2e", "/roads/..%2fcanonical"),
    ],
)
def test_no_path_leads_out(settled: Server, path: str) -> None:
    answer = raw_get(settled.port, path)
    assert answer.startswith(b"HTTP/1.1 404 "), answer[:100]
    for secret in (b"root:", b"import functools", b"[build-system]", b"def create_app"):
        assert secret not in answer


async def dial(server: Server, origin: str | None, run: str = "none") -> int:
    """The code with which the server closes, or the status with which it refuses."""
    address = f"ws://127.0.0.1:{server.port}/api/v1/runs/{run}/live"
    try:
        async with connect(address, origin=origin, proxy=None) as link:  # type: ignore[arg-type]
            try:
                await asyncio.wait_for(link.recv(), 5)
            except websockets.ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 0
    except websockets.InvalidStatus as refused:
        return refused.response.status_code
    return 0


@pytest.mark.parametrize(
    ("origin", "code"), [("https://evil.example", 403), ("null", 403), ("http://127.0.0.1:1", 403), (None, 4404)]
)
def test_foreign_pages_may_not_follow_a_run(settled: Server, origin: str | None, code: int) -> None:
    assert asyncio.run(dial(settled, origin)) == code
    assert asyncio.run(dial(settled, settled.url)) == 4404, "ours may: there is only no such run"


NOTES = {
    "script": "<script>alert(1)</script>",
    "handler": "<img src=x onerror=alert(1)>",
    "javascript link": "[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [d](&#106;avascript:x)",
    "split link": "[a](java\tscript:alert(1)) [b](<java\nscript:alert(1)>)",
    "data link": "[a](data:text/html,<script>alert(1)</script>) ![b](data:image/svg+xml,<svg onload=alert(1)>)",
    "raw HTML": '<a href="https://evil.example" onclick="x()">x</a> <iframe src="//e.example"></iframe> <style/>',
    "attribute": '[a](https://x.example "t\\" onmouseover=\\"alert(1)") `"onload="x"`',
    "autolink": '<javascript:alert(1)> <data:text/html,x> https://x.example/"onmouseover=alert(1)',
    "fence": '```"><script>alert(1)</script>\n</code></pre><script>alert(2)</script>\n```',
}


@pytest.mark.parametrize("kind", NOTES)
def test_hostile_notes_are_only_text(client: httpx2.Client, kind: str) -> None:
    text = NOTES[kind]
    made = client.post("/api/v1/notes", json={"kind": "skill", "ref": "api.errors", "text": text}).json()
    assert made["text"] == text, "kept as it was written"
    shown = [
        client.get("/skills/api.errors").text,
        client.get("/notes").text,
        client.get("/notes", params={"q": "alert"}).text,
        client.get("/notes", params={"q": text[:200]}).text,
        client.get(f"/notes/{made['id']}").text,
    ]
    client.delete(f"/api/v1/notes/{made['id']}")
    for page in shown:
        for tag, attributes in tags_of(page):
            assert tag not in ("iframe", "style", "object", "embed", "base")
            assert tag != "script" or (attributes.get("src") or "").startswith("/static/")
            assert not [name for name in attributes if name.startswith("on")]
            href = (attributes.get("href") or "").strip().lower()
            assert not re.match(r"(javascript|data|vbscript):", re.sub(r"[\x00-\x20]", "", href))


def tags_of(page: str) -> list[tuple[str, dict[str, str | None]]]:
    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs)))

    Reader().feed(page)
    return found


def test_problem_documents_hold_no_markup(client: httpx2.Client) -> None:
    page = client.get("/labs/%3Cscript%3Ealert(1)%3C%2Fscript%3E").text
    assert "<script>alert" not in page
    document = json.loads(client.get("/api/v1/skills/%3Cb%3E").text)
    assert "<b>" in document["detail"], "a program gets it as it is"

"""Answers and exchanges without a server, for what only looks at them."""

import json
from typing import Any

from backroad.verifier import Answer, Exchange, Headers, NoAnswer


def exchange(
    method: str = "GET", path: str = "/", *, head: tuple[str, ...] = (), body: str = "", **more: Any
) -> Exchange:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1:8000", "User-Agent: backroad", "Accept: */*", *head]
    return Exchange(
        lane=1, started=0.0, seconds=0.01, method=method, path=path, request_head="\n".join(lines), request_body=body,
        **more,
    )  # fmt: skip


def answer(status: int = 200, body: Any = b"", **headers: str) -> Answer:
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status=status, headers=Headers(pairs), body=raw, seconds=0.01, exchange=exchange(status=status))


def lost(reason: str = "closed the connection before answering") -> NoAnswer:
    return NoAnswer(reason=reason, sent=True, seconds=0.01, exchange=exchange(no_answer=reason))

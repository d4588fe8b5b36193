"""Schemathesis over a document, in a process of its own: it is bounded, and cannot outlive or slow the verifier.

python -m backroad.verifier.openapi.fuzz < job.json > outcome.json
"""

import os
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import msgspec

CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "negative_data_rejection",
)  # fmt: skip


class Job(msgspec.Struct, kw_only=True):
    document: dict[str, Any]
    base_url: str
    headers: dict[str, str]
    seed: int
    seconds: int
    examples: int  # of each operation and phase
    exclude: list[str] = []  # paths that are left alone


class Shot(msgspec.Struct, kw_only=True):
    """A request that failed one of its checks, and what came back."""

    check: str
    operation: str
    title: str
    message: str
    method: str
    path: str
    headers: list[tuple[str, str]]
    body: str
    status: int
    answer_headers: list[tuple[str, str]] = []
    answer_body: str = ""


class Outcome(msgspec.Struct, kw_only=True):
    shots: list[Shot] = []
    requests: int = 0
    operations: int = 0
    complete: bool = True
    problem: str = ""  # why it could not work


def config_of(job: Job) -> Any:
    from schemathesis import Config

    checks: dict[str, Any] = {"enabled": False, **{name: {"enabled": True} for name in CHECKS}}
    rules: list[dict[str, Any]] = [{"include-path": path, "enabled": False} for path in job.exclude]
    return Config.from_dict(
        {
            "seed": job.seed,
            "base-url": job.base_url,
            "headers": job.headers,
            "request-timeout": 5,
            "continue-on-failure": True,
            "checks": checks,
            "operations": rules,
            "generation": {"max-examples": job.examples, "no-shrink": True, "deterministic": True, "database": "none"},
            "phases": {
                "stateful": {"enabled": False},
                "coverage": {"unexpected-methods": [], "generate-duplicate-query-parameters": False},
            },
            "reports": {},
        }
    )


def fuzz(job: Job) -> Outcome:
    import schemathesis
    from schemathesis.engine import events, from_schema

    outcome, deadline = Outcome(), time.monotonic() + job.seconds
    schema = schemathesis.openapi.from_dict(job.document, config=config_of(job))
    seen: set[tuple[str, str, str]] = set()
    for event in from_schema(schema).execute():
        if isinstance(event, events.FatalError):
            outcome.problem = f"{type(event.exception).__name__}: {event.exception}"
        elif isinstance(event, events.NonFatalError) and not outcome.problem:
            outcome.problem = f"{event.label}: {event.value}"[:300]
        elif isinstance(event, events.ScenarioFinished):
            outcome.requests += len(event.recorder.interactions)
            collect(event.recorder, outcome, seen)
        if time.monotonic() > deadline:  # its own limit of time is one that it fills
            outcome.complete = False
            break
    outcome.operations = sum(1 for _ in schema.get_all_operations())
    return outcome


def collect(recorder: Any, outcome: Outcome, seen: set[tuple[str, str, str]]) -> None:
    for case_id, checks in recorder.checks.items():
        found = recorder.interactions.get(case_id)
        for node in checks:
            if node.failure_info is None or found is None:
                continue
            failure = node.failure_info.failure
            same = (node.name, recorder.label, failure.title)
            if same not in seen:
                seen.add(same)
                outcome.shots.append(shot(node.name, recorder.label, failure, found))


def shot(check: str, label: str, failure: Any, interaction: Any) -> Shot:
    request, response = interaction.request, interaction.response
    parts = urlsplit(request.uri)
    answer = response.content or b"" if response is not None else b""
    return Shot(
        check=check,
        operation=label,
        title=str(failure.title),
        message=str(failure.message),
        method=request.method,
        path=parts.path + (f"?{parts.query}" if parts.query else ""),
        headers=pairs(request.headers),
        body=(request.body or b"").decode(errors="replace")[:4096],
        status=response.status_code if response is not None else 0,
        answer_headers=pairs(response.headers) if response is not None else [],
        answer_body=answer.decode(errors="replace")[:4096],
    )


def pairs(headers: Any) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in headers.items():
        found += [(str(name), str(one)) for one in (value if isinstance(value, list) else [value])]
    return found


def main() -> None:
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    try:
        outcome = fuzz(job)
    except Exception as error:
        outcome = Outcome(problem=f"{type(error).__name__}: {error}"[:300], complete=False)
    sys.stdout.buffer.write(msgspec.json.encode(outcome))
    sys.stdout.flush()
    os._exit(0)  # whatever of it is still under way


if __name__ == "__main__":
    main()

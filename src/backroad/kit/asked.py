"""What is known of the request that is being answered: its id, its route, who asks, what its SQL took."""

import time
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any

UNMATCHED = "unmatched"
"""The route of an address that leads nowhere, or that was refused before it was looked at."""


class Asked:
    """One request. `status` and `seconds` are final when it has ended."""

    __slots__ = (
        "began",
        "id",
        "method",
        "person",
        "route",
        "seconds",
        "span",
        "sql_seconds",
        "statements",
        "status",
        "trace",
    )

    def __init__(self, request_id: str, method: str) -> None:
        self.id = request_id
        self.method = method
        self.route = UNMATCHED
        self.person = ""
        self.trace = ""
        """OpenTelemetry's trace id, where traces are on."""
        self.span: Any = None
        self.status = 0
        self.began = time.perf_counter()
        self.seconds = 0.0
        self.statements = 0
        self.sql_seconds = 0.0


asked: ContextVar[Asked | None] = ContextVar("asked", default=None)
"""The request that the current task, or thread of the database, works for."""


def note_person(person: str) -> None:
    """To be called by whoever finds out who asks: every log line from here on says it."""
    current = asked.get()
    if current is not None:
        current.person = person


def name_request(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Puts the request's id into a log line, for structlog.

    Not bound with structlog's context variables: what a dependency binds in a task of its own would be lost.
    """
    current = asked.get()
    if current is not None:
        event["request_id"] = current.id
        if current.person:
            event["person"] = current.person
        if current.trace:
            event["trace_id"] = current.trace
    return event

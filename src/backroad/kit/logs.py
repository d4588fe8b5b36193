"""Logs: one line an event on standard error, aligned for people or as JSON for programs, with a plain traceback where
there is a fault. What other libraries log goes the same way."""

import json
import logging
import sys
from collections.abc import Callable, MutableMapping
from typing import Any, Literal

import msgspec
import structlog

from backroad.kit.asked import name_request

LogFormat = Literal["console", "json"]
Event = MutableMapping[str, Any]
Processor = Callable[[Any, str, Event], Event]

SECRET = ("authorization", "cookie", "password", "secret", "token")
"""A field whose name holds one of these words never reaches a log."""
REMOVED = "[removed]"


def configure(form: LogFormat = "console", *more: Processor) -> None:
    """`more` see each event whole, after what is bound to the request was added and before the fault is made text."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        name_request,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_secrets,
        *more,
    ]
    if form == "json":
        last: list[Any] = [structlog.processors.format_exc_info, to_json]
    else:
        colors = sys.stderr.isatty()
        plain = structlog.dev.plain_traceback
        last = [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)]
    structlog.configure(
        processors=[*shared, *last],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    _take_over(shared, last)


def _take_over(shared: list[Any], last: list[Any]) -> None:
    """Warnings of libraries that log with the standard library."""
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), _name_of, *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)


def _name_of(_logger: Any, _method: str, event: Event) -> Event:
    """Which library speaks."""
    record = event.get("_record")
    if record is not None:
        event["logger"] = record.name
    return event


def without_secrets(_logger: Any, _method: str, event: Event) -> Event:
    """The last line of defence: nobody should hand these over in the first place."""
    for name in event:
        if name != "event" and any(word in name.lower() for word in SECRET):
            event[name] = REMOVED
    return event


def to_json(_logger: Any, _method: str, event: Event) -> str:
    """One object a line: time, level and event first."""
    first = {name: event.pop(name) for name in ("timestamp", "level", "event") if name in event}
    whole = {**first, **event}
    try:
        return msgspec.json.encode(whole, enc_hook=str).decode()
    except (ValueError, TypeError):  # half of a surrogate pair, or keys that are no text
        return json.dumps({str(name): value for name, value in whole.items()}, default=str)

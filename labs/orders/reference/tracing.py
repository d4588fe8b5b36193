"""One trace per request, through every process and every message; and a log of JSON lines that names it."""

import json
import logging
import re
import secrets
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")  # W3C Trace Context, version 00
_trace_id: ContextVar[str] = ContextVar("trace_id", default="")


def enter(traceparent: str | None) -> None:
    """Goes on with the trace that a request or a message carries, or begins one."""
    found = TRACEPARENT.fullmatch(traceparent or "")
    _trace_id.set(found[1] if found and set(found[1]) != {"0"} else secrets.token_hex(16))


def traceparent() -> str:
    """For what is sent from here: the same trace, a step of its own."""
    return f"00-{_trace_id.get() or secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


class JsonLines(logging.Formatter):
    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "trace_id": _trace_id.get(),
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def log_as(service: str) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(service))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for noisy in ("httpx2", "httpx", "httpcore", "httpcore2", "aio_pika", "aiormq", "_granian"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)

"""What operators see: a line of JSON for everything that is logged, and metrics in the text format of Prometheus."""

import json
import logging
import sys
import time
import traceback
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from asgi import Answer, Request

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
TEXT = "text/plain; version=0.0.4; charset=utf-8"
# Of the server: its lines go where ours go. Its own setup would print them to standard output, in a form of its own.
SERVER_LOG: dict[str, Any] = {"handlers": {}, "loggers": {"_granian": {"propagate": True}}}


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        message = record.getMessage().partition("\n")[0]  # the server puts whole tracebacks in there
        line = {"time": moment, "level": record.levelname.lower(), "message": message}
        if record.exc_info and record.exc_info[1]:
            line["reason"] = trail(record.exc_info[1])
        return json.dumps(line | getattr(record, "more", {}), default=str)


def trail(error: BaseException) -> str:
    """What went wrong and where. Not the error's own text: it may repeat what a client sent, or a setting."""
    places = [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)
    ]
    return f"{type(error).__name__} at {' > '.join(places[-6:]) or 'an unknown place'}"


def log_to_standard_error() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)
    sys.excepthook = lambda kind, error, tb: logging.getLogger().critical("crashed", exc_info=(kind, error, tb))


class Watch:
    """Counts by route and never by path: a path can be anything, and each new one would be a series for good."""

    def __init__(self) -> None:
        self._log = logging.getLogger("requests")
        self._requests: dict[tuple[str, str, int], int] = defaultdict(int)
        self._buckets: dict[tuple[str, str, float], int] = defaultdict(int)
        self._seconds: dict[tuple[str, str], tuple[int, float]] = {}

    def seen(self, request: Request, answer: Answer) -> None:
        took = time.perf_counter() - request.began
        method = request.method if request.method in METHODS else "other"
        place = method, request.route
        self._requests[method, request.route, answer.status] += 1
        count, total = self._seconds.get(place, (0, 0.0))
        self._seconds[place] = count + 1, total + took
        for bound in BUCKETS:
            self._buckets[*place, bound] += took <= bound
        more: dict[str, Any] = {
            "request_id": request.id, "method": method, "path": request.path[:200], "status": answer.status,
            "seconds": round(took, 6),
        }  # fmt: skip
        if answer.status >= 500:
            more["reason"] = answer.reason
        self._log.log(logging.ERROR if answer.status >= 500 else logging.INFO, "request", extra={"more": more})

    def text(self) -> bytes:
        lines = ["# HELP http_requests_total Requests answered.", "# TYPE http_requests_total counter"]
        for (method, route, status), count in sorted(self._requests.items()):
            lines.append(f'http_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}')
        name = "http_request_duration_seconds"
        lines += [f"# HELP {name} Time until the answer was ready.", f"# TYPE {name} histogram"]
        for (method, route), (count, total) in sorted(self._seconds.items()):
            labels = f'method="{method}",route="{route}"'
            for bound in BUCKETS:
                lines.append(f'{name}_bucket{{{labels},le="{bound:g}"}} {self._buckets[method, route, bound]}')
            lines.append(f'{name}_bucket{{{labels},le="+Inf"}} {count}')
            lines += [f"{name}_sum{{{labels}}} {total:.6f}", f"{name}_count{{{labels}}} {count}"]
        return ("\n".join(lines) + "\n").encode()

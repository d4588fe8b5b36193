"""What operators see: a line of JSON for each request, and metrics in the text format of Prometheus."""

import json
import logging
import sys
import time
from collections import defaultdict

from asgi import Answer, Request

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)  # seconds
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
TEXT = "text/plain; version=0.0.4; charset=utf-8"


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        seconds, fraction = divmod(record.created, 1)
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{fraction * 1000:03.0f}Z"
        line = {"time": moment, "level": record.levelname.lower(), "message": record.getMessage()}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line | getattr(record, "more", {}))


def log_to_standard_error() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


class Watch:
    """Counts by route and never by path: a path can be anything, and each new one would be a series for good."""

    def __init__(self) -> None:
        self._log = logging.getLogger("requests")
        self._requests: dict[tuple[str, str, int], int] = defaultdict(int)
        self._buckets: dict[tuple[str, float], int] = defaultdict(int)
        self._seconds: dict[str, tuple[int, float]] = {}

    def seen(self, request: Request, answer: Answer) -> None:
        took = time.perf_counter() - request.began
        method = request.method if request.method in METHODS else "other"
        self._requests[method, request.route, answer.status] += 1
        count, total = self._seconds.get(request.route, (0, 0.0))
        self._seconds[request.route] = (count + 1, total + took)
        for bound in BUCKETS:
            self._buckets[request.route, bound] += took <= bound
        more = {
            "request_id": request.id, "method": method, "path": request.path[:200], "status": answer.status,
            "ms": round(took * 1000, 2),
        }  # fmt: skip
        self._log.info("request", extra={"more": more})

    def text(self) -> bytes:
        lines = ["# HELP http_requests_total Requests answered.", "# TYPE http_requests_total counter"]
        for (method, route, status), count in sorted(self._requests.items()):
            lines.append(f'http_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}')
        name = "http_request_duration_seconds"
        lines += [f"# HELP {name} Time until the answer was ready.", f"# TYPE {name} histogram"]
        for route, (count, total) in sorted(self._seconds.items()):
            for bound in BUCKETS:
                lines.append(f'{name}_bucket{{route="{route}",le="{bound}"}} {self._buckets[route, bound]}')
            lines.append(f'{name}_bucket{{route="{route}",le="+Inf"}} {count}')
            lines += [f'{name}_sum{{route="{route}"}} {total:.6f}', f'{name}_count{{route="{route}"}} {count}']
        return ("\n".join(lines) + "\n").encode()

"""Little HTTP servers that take what Backroad sends to a collector of traces and to Sentry."""

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any, TypeVar

T = TypeVar("T")


class Receiver:
    """What arrived: (path, body), unpacked."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.taken: list[tuple[str, bytes]] = []

    def wait_for(self, find: Callable[[list[tuple[str, bytes]]], T | None], seconds: float = 30) -> T:
        """What `find` finds in what arrived, as soon as it does."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if (found := find(list(self.taken))) is not None:
                return found
            time.sleep(0.05)
        raise AssertionError(f"it did not come within {seconds} s; {len(self.taken)} requests came")


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            receiver.taken.append((self.path, body))
            answer = b"{}" if "api" in self.path else b""
            self.send_response(200)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def spans(taken: list[tuple[str, bytes]]) -> list[Any]:
    """OTLP's protobuf."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    found = []
    for path, body in taken:
        assert path == "/v1/traces"
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            found += [span for scope in resource.scope_spans for span in scope.spans]
    return found


def attributes(span: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


def events(taken: list[tuple[str, bytes]]) -> list[dict[str, Any]]:
    """Of Sentry's envelopes: lines of JSON, each event after a line that says so."""
    found = []
    for _, body in taken:
        lines = [json.loads(line) for line in body.splitlines() if line.strip()]
        found += [item for head, item in pairwise(lines) if head.get("type") == "event"]
    return found

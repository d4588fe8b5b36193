"""OpenTelemetry: one span a request and one a statement, sent over HTTP to a collector.

Spans hold routes and statements with placeholders: no addresses, headers, bodies or values.
"""

from typing import Any

import structlog
from litestar.types import Scope
from sqlalchemy import Connection, Engine, event

from backroad import __version__
from backroad.kit.asked import Asked
from backroad.kit.errors import Problem
from backroad.kit.requests import Watcher

log = structlog.get_logger()
EXPORT_SECONDS = 5


def check() -> None:
    """Whether what sends traces is there."""
    try:
        import opentelemetry.exporter.otlp.proto.http.trace_exporter
        import opentelemetry.sdk.trace.export  # noqa: F401
    except ImportError:
        raise Problem(
            "BACKROAD_OTLP_URL is set, and what sends traces is not installed.",
            'Install it: pip install "backroad[observability]"; or unset BACKROAD_OTLP_URL.',
        ) from None


class Traces(Watcher):
    """`url` is the collector's, without `/v1/traces`. Standard `OTEL_…` variables say the rest."""

    def __init__(self, url: str) -> None:
        check()
        from opentelemetry import context, trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.propagators.textmap import Getter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        class HeadersGetter(Getter[Scope]):
            def get(self, carrier: Scope, key: str) -> list[str] | None:
                wanted = key.lower().encode()
                return [value.decode("latin-1") for name, value in carrier["headers"] if name == wanted] or None

            def keys(self, carrier: Scope) -> list[str]:
                return [name.decode("latin-1") for name, _ in carrier["headers"]]

        resource = Resource.create({"service.name": "backroad", "service.version": __version__})
        self._provider = TracerProvider(resource=resource)
        exporter = OTLPSpanExporter(endpoint=f"{url.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("backroad", __version__)
        self._context, self._trace = context, trace
        self._propagator, self._getter = TraceContextTextMapPropagator(), HeadersGetter()

    def begins(self, asked: Asked, scope: Scope) -> None:
        parent = self._propagator.extract(scope, getter=self._getter)
        span = self._tracer.start_span(asked.method, context=parent, kind=self._trace.SpanKind.SERVER)
        asked.trace = f"{span.get_span_context().trace_id:032x}"
        token = self._context.attach(self._trace.set_span_in_context(span, parent))
        asked.span = (span, token)

    def ended(self, asked: Asked) -> None:
        span, token = asked.span
        span.update_name(f"{asked.method} {asked.route}")
        span.set_attributes(
            {
                "http.request.method": asked.method,
                "http.route": asked.route,
                "http.response.status_code": asked.status,
                "backroad.request_id": asked.id,
            }
        )
        if asked.status >= 500:
            span.set_status(self._trace.StatusCode.ERROR)
        span.end()
        self._context.detach(token)

    def watch(self, engine: Engine) -> None:
        """A span for each statement of a request."""
        system = engine.dialect.name

        def sent(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
            if self._trace.get_current_span().is_recording():
                words = statement.split(None, 1)
                span = self._tracer.start_span(words[0].upper() if words else "SQL", kind=self._trace.SpanKind.CLIENT)
                span.set_attributes({"db.system.name": system, "db.query.text": statement})
                connection.info["span"] = span

        def answered(connection: Connection, *_: Any) -> None:
            if (span := connection.info.pop("span", None)) is not None:
                span.end()

        def failed(context: Any) -> None:
            held = context.connection.info if context.connection is not None else {}
            if (span := held.pop("span", None)) is not None:
                span.set_status(self._trace.StatusCode.ERROR, type(context.original_exception).__name__)
                span.end()

        event.listen(engine, "before_cursor_execute", sent)
        event.listen(engine, "after_cursor_execute", answered)
        event.listen(engine, "handle_error", failed)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()

"""Sentry: each logged fault is reported, with where it happened and nothing about the person it happened to."""

import re
from collections.abc import MutableMapping
from typing import Any

from backroad import __version__
from backroad.kit.errors import Problem

MAIL = re.compile(r"[^\s<>()'\"]{1,64}@[^\s<>()'\"]{1,255}")
DATABASES = ("sqlalchemy", "psycopg", "sqlite3")
"""Modules of errors whose texts quote values of rows."""
KEPT = frozenset({
    "event_id", "timestamp", "platform", "level", "exception", "release", "environment", "sdk", "tags", "type",
    "contexts", "modules",
})  # fmt: skip


def check(dsn: str) -> None:
    """Whether faults can be reported there; nothing is sent."""
    try:
        from sentry_sdk.utils import BadDsn, Dsn
    except ImportError:
        raise Problem(
            "BACKROAD_SENTRY_DSN is set, and what sends reports is not installed.",
            'Install it: pip install "backroad[observability]"; or unset BACKROAD_SENTRY_DSN.',
        ) from None
    try:
        Dsn(dsn)
    except BadDsn:
        hint = "Copy it from the project's settings: https://key@host/number"
        raise Problem("BACKROAD_SENTRY_DSN is no DSN.", hint) from None


class Faults:
    """A processor of log events, for structlog."""

    def __init__(self, dsn: str) -> None:
        check(dsn)
        import sentry_sdk
        from sentry_sdk.integrations.dedupe import DedupeIntegration

        sentry_sdk.init(
            dsn=dsn,
            release=f"backroad@{__version__}",
            send_default_pii=False,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[DedupeIntegration()],
            before_send=bare,
            shutdown_timeout=2,
        )
        self._sentry = sentry_sdk

    def __call__(self, _logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        error = event.get("exc_info")
        if method in ("error", "exception", "critical") and error:
            with self._sentry.new_scope() as scope:
                for name in ("request_id", "trace_id", "method", "path", "logger"):
                    if event.get(name):
                        scope.set_tag(name, str(event[name]))
                self._sentry.capture_exception(None if error is True else error)
        return event

    def close(self) -> None:
        self._sentry.flush(2)


def bare(event: Any, _hint: Any) -> Any:
    """What says where the fault is; nothing of what people sent or own."""
    kept = {name: value for name, value in event.items() if name in KEPT}
    for error in kept.get("exception", {}).get("values", []):
        of_database = str(error.get("module") or "").startswith(DATABASES)
        error["value"] = "[removed]" if of_database else MAIL.sub("[address]", str(error.get("value") or ""))[:300]
        for frame in error.get("stacktrace", {}).get("frames", []):
            frame.pop("vars", None)
    return kept

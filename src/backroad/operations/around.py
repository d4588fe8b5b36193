"""What stands around the application in each process, as the settings ask."""

from collections.abc import Callable

from litestar.types import ASGIApp

from backroad.kit import logs, metrics
from backroad.kit.db import Database
from backroad.kit.metrics import Reading
from backroad.kit.requests import Requests, Watcher
from backroad.operations import faults, traces
from backroad.operations.health import Health
from backroad.operations.probes import Probes
from backroad.settings import Settings


class Surroundings:
    """To be made first, since it sets up the logs; `close` sends what was not sent yet."""

    def __init__(self, chosen: Settings) -> None:
        self._settings = chosen
        reports = faults.Faults(chosen.sentry_dsn) if chosen.sentry_dsn else None
        self._traces = traces.Traces(chosen.otlp_url) if chosen.otlp_url else None
        form = chosen.log_format or ("json" if chosen.is_server else "console")
        logs.configure(form, *([reports] if reports else []))
        self._closers: list[Callable[[], None]] = [part.close for part in (self._traces, reports) if part is not None]

    def around(self, app: ASGIApp, db: Database, readings: tuple[Reading, ...]) -> ASGIApp:
        """Outermost the request's id and line; then the probes, so that they are counted too."""
        watchers: list[Watcher] = [metrics.Counting()]
        metrics.watch(db.engine)
        if self._traces is not None:
            watchers.insert(0, self._traces)
            self._traces.watch(db.engine)
        health = Health(db, self._settings.redis_url)
        probes = Probes(app, health, readings, self._settings.metrics_token)
        return Requests(probes, lines=self._settings.is_server, watchers=watchers)

    def close(self) -> None:
        for close in self._closers:
            close()

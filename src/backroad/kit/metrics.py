"""Numbers for Prometheus: what requests and transactions cost, and what features count when they are asked.

With several worker processes each keeps its numbers in files of one folder (`PROMETHEUS_MULTIPROC_DIR`, which must be
set before this module is imported), and whichever is asked adds them up.
"""

import asyncio
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import psutil
import structlog
from litestar.types import Scope
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from sqlalchemy import Connection, Engine, event

from backroad.kit.asked import Asked, asked
from backroad.kit.db import Database
from backroad.kit.requests import Watcher

log = structlog.get_logger()
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
PATIENCE = 2.0
"""Seconds for all readings together."""
_PID = re.compile(r".*_(\d+)\.db")

disable_created_metrics()  # type: ignore[no-untyped-call]
OWN = CollectorRegistry()
REQUESTS = Counter(
    "backroad_http_requests", "Requests that ended.", ["route", "method", "status"], registry=OWN
)  # fmt: skip
SECONDS = Histogram(
    "backroad_http_request_seconds", "From the first byte in to the last byte out.", ["route", "method"],
    buckets=BUCKETS, registry=OWN,
)  # fmt: skip
IN_FLIGHT = Gauge(
    "backroad_http_requests_in_flight", "Requests being answered.", multiprocess_mode="livesum", registry=OWN
)
SOCKETS = Gauge("backroad_websockets_open", "WebSockets that are open.", multiprocess_mode="livesum", registry=OWN)
TRANSACTIONS = Histogram(
    "backroad_database_transaction_seconds", "From BEGIN to COMMIT or ROLLBACK.", ["ended"],
    buckets=BUCKETS, registry=OWN,
)  # fmt: skip
STATEMENTS = Counter("backroad_database_statements", "Statements sent to the database.", registry=OWN)
CONNECTIONS = Gauge(
    "backroad_database_connections_in_use", "Connections that a transaction holds.",
    multiprocess_mode="livesum", registry=OWN,
)  # fmt: skip
MAILS = Counter("backroad_mails", "Mails handed to the mail server, or not.", ["outcome"], registry=OWN)


class Reading(msgspec.Struct, frozen=True):
    """A gauge of a feature, read from the database whenever somebody asks."""

    name: str
    meaning: str
    read: Callable[[Connection], Mapping[tuple[str, ...], float]]
    """Values of the labels -> number. It must be one quick statement."""
    labels: tuple[str, ...] = ()


class Counting(Watcher):
    """Counts each request. Its route is a template and its method one of a few words, so there is an end of series."""

    def begins(self, asked: Asked, scope: Scope) -> None:
        (SOCKETS if asked.method == "WEBSOCKET" else IN_FLIGHT).inc()

    def ended(self, asked: Asked) -> None:
        socket = asked.method == "WEBSOCKET"
        (SOCKETS if socket else IN_FLIGHT).dec()
        REQUESTS.labels(asked.route, asked.method, f"{asked.status // 100}xx").inc()
        if not socket:  # it lasts as long as its page is open
            SECONDS.labels(asked.route, asked.method).observe(asked.seconds)


def count_mail(*, sent: bool) -> None:
    MAILS.labels("sent" if sent else "failed").inc()


def watch(engine: Engine) -> None:
    """Measure its transactions, and tell the request that they are for."""

    def begun(connection: Connection) -> None:
        connection.info["begun"] = time.perf_counter()

    def ended(how: str) -> Callable[[Connection], None]:
        measured = TRANSACTIONS.labels(how)

        def observe(connection: Connection) -> None:
            began = connection.info.pop("begun", None)
            if began is not None:
                measured.observe(time.perf_counter() - began)

        return observe

    def sent(connection: Connection, *_: Any) -> None:
        connection.info["sent"] = time.perf_counter()

    def answered(connection: Connection, *_: Any) -> None:
        STATEMENTS.inc()
        current = asked.get()
        if current is not None:
            current.statements += 1
            current.sql_seconds += time.perf_counter() - connection.info.get("sent", current.began)

    event.listen(engine, "begin", begun)
    event.listen(engine, "commit", ended("commit"))
    event.listen(engine, "rollback", ended("rollback"))
    event.listen(engine, "before_cursor_execute", sent)
    event.listen(engine, "after_cursor_execute", answered)
    event.listen(engine, "checkout", lambda *_: CONNECTIONS.inc())
    event.listen(engine, "checkin", lambda *_: CONNECTIONS.dec())


async def exposition(db: Database, readings: Sequence[Reading]) -> bytes:
    """All numbers as text. A database that does not answer leaves out what is read from it, and says so."""
    read: list[Metric] = []
    up = 1
    try:
        asking = db.run(lambda tx: [_read(tx, reading) for reading in readings])
        read = await asyncio.wait_for(asking, PATIENCE)
    except Exception as error:
        log.warning("metrics of the database left out", reason=str(error) or type(error).__name__)
        up = 0
    answered = GaugeMetricFamily("backroad_database_up", "Whether the database answered this question.", value=up)
    asked_for = CollectorRegistry()
    asked_for.register(_Given([answered, *read, *_processes()]))
    return generate_latest(_counted()) + generate_latest(asked_for)


class _Given:
    """A collector of numbers that are there already."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self.metrics = list(metrics)

    def collect(self) -> Iterator[Metric]:
        yield from self.metrics


def _read(tx: Connection, reading: Reading) -> Metric:
    gauge = GaugeMetricFamily(reading.name, reading.meaning, labels=reading.labels)
    for labels, value in reading.read(tx).items():
        gauge.add_metric(labels, value)
    return gauge


def _counted() -> CollectorRegistry:
    """Of all worker processes, if there are several."""
    if FOLDER not in os.environ:
        return OWN
    for pid in _pids():
        if not psutil.pid_exists(pid):
            # What it counted stays; what it held does not.
            mark_process_dead(pid)  # type: ignore[no-untyped-call]
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together


def _pids() -> set[int]:
    found = (_PID.fullmatch(path.name) for path in Path(os.environ[FOLDER]).iterdir())
    return {int(match[1]) for match in found if match}


def _processes() -> list[Metric]:
    """Of each worker process on this machine."""
    cpu = CounterMetricFamily("backroad_process_cpu_seconds", "Time on a core.", labels=["pid"])
    memory = GaugeMetricFamily("backroad_process_resident_memory_bytes", "Memory in RAM.", labels=["pid"])
    files = GaugeMetricFamily("backroad_process_open_fds", "Open files and sockets.", labels=["pid"])
    threads = GaugeMetricFamily("backroad_process_threads", "Threads.", labels=["pid"])
    started = GaugeMetricFamily("backroad_process_start_time_seconds", "When it began.", labels=["pid"])
    for pid in _pids() if FOLDER in os.environ else {os.getpid()}:
        try:
            process = psutil.Process(pid)
            with process.oneshot():
                times = process.cpu_times()
                held = process.memory_info().rss, process.num_fds(), process.num_threads(), process.create_time()
        except psutil.Error:  # it has ended meanwhile
            continue
        cpu.add_metric([str(pid)], times.user + times.system)
        for family, value in zip((memory, files, threads, started), held, strict=True):
            family.add_metric([str(pid)], value)
    return [cpu, memory, files, threads, started]

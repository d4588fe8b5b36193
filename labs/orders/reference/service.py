"""One process: serves HTTP, runs a worker if it has one, and stops when it is asked to."""

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import rules
import tracing
from asgi import Answer, App, Handler, Problem, Request
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from worker import Worker

Routes = list[tuple[str, dict[str, Handler]]]
BODY = 65_536  # bytes
DRAIN = 3  # seconds after SIGTERM for requests that have begun
CUSTOMER = "x-customer"  # who asks: the gateway has made sure of it, and nobody else reaches the services behind it


def data_dir() -> Path:
    return Path(os.environ.get("DATA_DIR", "."))


async def serve(name: str, routes: Routes, worker: Worker | None = None) -> None:
    """Returns after SIGTERM, when every request that had begun is answered."""
    tracing.log_as(name)
    known: Routes = [("/healthz", {"GET": health}), *routes]
    app = App([(path, {method: translated(handler) for method, handler in row.items()}) for path, row in known])
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
    server = Server(app, host, port, interface=Interfaces.ASGINL, websockets=False, log_level=LogLevels.error)
    loop = asyncio.get_running_loop()
    serving = loop.create_task(server.serve())

    def stop() -> None:
        server.stop()
        loop.call_later(DRAIN, serving.cancel)  # what has not been answered by then is not waited for

    for terminate in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(terminate, stop)
    if worker is not None:
        worker.start()
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    if worker is not None:
        await worker.stop()


async def health(request: Request) -> Answer:
    return Answer(200, {"status": "ok"})


def customer(request: Request) -> str:
    return request.headers[CUSTOMER]


def translated(handler: Handler) -> Handler:
    """The handler, with what the rules refuse turned into a problem document."""

    async def answer(request: Request, **arguments: str) -> Answer:
        try:
            return await handler(request, **arguments)
        except rules.Invalid as invalid:
            errors = [{"field": field, "message": message} for field, message in invalid.errors.items()]
            raise Problem(422, "Some of it breaks a rule.", errors=errors) from None

    return answer

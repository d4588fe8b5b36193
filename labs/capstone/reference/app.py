"""The process: reads its settings, serves, and stops without dropping a request."""

import asyncio
import logging
import os
import signal
import sys

import watch
from asgi import Answer, App, Request, Router
from database import Database
from edge import guarded
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from health import Health
from links import Shortener
from settings import Misconfigured, Settings, read_settings

CONNECTIONS = 4  # times the number of instances: below what PostgreSQL allows, and more would not be quicker
PATIENCE = 3.0  # seconds that a request waits for the database
GRACE = 4.0  # seconds for what has begun when we are asked to stop: longer than PATIENCE, shorter than theirs

log = logging.getLogger("app")


async def main(settings: Settings) -> None:
    database = Database(settings.database_url, connections=CONNECTIONS, patience=PATIENCE)
    health, seen = Health(settings.database_url), watch.Watch()

    async def metrics(request: Request) -> Answer:
        return Answer(200, seen.text(), {"Cache-Control": "no-store"}, watch.TEXT)

    routes = {
        "/healthz": {"GET": health.alive},
        "/readyz": {"GET": health.ready},
        "/metrics": {"GET": metrics},
        **Shortener(database, settings.base_url).routes(),
    }
    app = App(guarded(Router(routes)), seen.seen, settings.trusted_proxies)
    server = Server(
        app, settings.host, settings.port, interface=Interfaces.ASGINL, websockets=False, backlog=1024,
        log_level=LogLevels.error, log_dictconfig=watch.SERVER_LOG,
    )  # fmt: skip
    code = await serve(server, health)
    health.close()
    database.close()
    # Everything of ours is closed. While the interpreter ends, a thread of granian's that still runs could abort it.
    logging.shutdown()
    os._exit(code)


async def serve(server: Server, health: Health) -> int:
    stop = asyncio.Event()
    for terminate in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(terminate, stop.set)
    serving = asyncio.create_task(server.serve())
    asked = [asyncio.create_task(stop.wait()), asyncio.create_task(health.trouble())]  # the second for its log line
    log.info("started")
    await asyncio.wait([serving, asked[0]], return_when=asyncio.FIRST_COMPLETED)
    if not stop.is_set():
        log.critical(f"cannot serve on {server.bind_addr}:{server.bind_port}", exc_info=serving.exception())
        return 1
    health.stopping = True
    log.info("stopping")
    # It takes no new connections, and finishes what has begun.
    server.stop()  # type: ignore[no-untyped-call]
    await asyncio.wait([serving], timeout=GRACE)
    log.info("stopped") if serving.done() else log.warning("stopped, with requests left unfinished")
    return 0


if __name__ == "__main__":
    watch.log_to_standard_error()
    try:
        found = read_settings()
    except Misconfigured as error:
        for problem in error.problems:
            log.critical(problem)
        sys.exit(2)
    asyncio.run(main(found))
    # Everything of ours is closed. A thread of granian's that still runs while the interpreter ends could panic.
    os._exit(0)

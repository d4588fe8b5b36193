"""`backroad start`: the web application on this machine."""

import os
import signal
import socket
import threading
import time
import webbrowser
from typing import Annotated, Any

from cyclopts import Parameter

from backroad import settings
from backroad.kit.errors import Problem

KILL_AFTER = 30
"""Seconds that a worker gets to answer what was begun."""


def start(
    *,
    port: Annotated[int | None, Parameter(help="Port on 127.0.0.1; default 8321, or BACKROAD_PORT.")] = None,
    browser: Annotated[bool, Parameter(help="Open the page in the browser.")] = True,
) -> None:
    """Start Backroad and open it in the browser. Ctrl-C ends it."""
    if port is not None:
        os.environ["BACKROAD_PORT"] = str(port)
    chosen = settings.load()
    if chosen.is_server:
        raise Problem("BACKROAD_MODE is server.", "Start a server with: backroad serve")
    check_free(chosen.port)
    from backroad.product import Product

    Product.open(chosen).close()  # a damaged or newer database is told here, in one sentence
    address = f"http://127.0.0.1:{chosen.port}"
    print(f"Backroad runs at {address}   (Ctrl-C ends it; your data: {chosen.home})", flush=True)
    if browser:
        threading.Thread(target=_open_when_up, args=(chosen.port, address), daemon=True).start()
    listen(chosen.port)


def listen(port: int, *, host: str = "127.0.0.1", workers: int = 1, drain_seconds: int = 0) -> None:
    """Serve until a signal ends it; requests that were begun are answered first."""
    from granian import Granian
    from granian.constants import Interfaces

    from backroad.operations.workers import after_draining

    server = Granian(
        "backroad.cli.start:served_app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        respawn_failed_workers=workers > 1,
        workers_kill_timeout=KILL_AFTER,
        log_enabled=False,
        websockets=True,
    )
    if drain_seconds:
        stop = after_draining(server.signal_handler_interrupt, drain_seconds)
        server.signal_handler_interrupt = stop  # type: ignore[method-assign]
    # A closed terminal ends it too; Granian would start the worker anew.
    server.signal_handler_reload = server.signal_handler_interrupt  # type: ignore[method-assign]
    try:
        server.serve()
    except SystemExit:
        if not server.interrupt_signal:  # else the worker only heard the same signal sooner
            raise


def served_app() -> Any:
    """The application in Granian's worker process.

    Ctrl-C reaches every process of the terminal, and Granian's parent then ends the worker as well. Two signals at
    once lock the worker up now and then, so it leaves the first one to its parent.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    # Its own handler stands only when the application does; the parent's, which is inherited, would lose the signal.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_follow, args=(os.getppid(),), daemon=True).start()
    from backroad.app import create_app

    return create_app()


def _follow(parent: int) -> None:
    """End with the parent, also where it was killed: else a server that nobody can stop would hold the port."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def check_free(port: int, host: str = "127.0.0.1") -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise Problem(
                f"Port {port} is taken, perhaps by a Backroad that already runs: http://127.0.0.1:{port}",
                f"Open that page, or choose another port: backroad start --port {port + 1}",
            ) from None


def _open_when_up(port: int, address: str) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                webbrowser.open(address)
                return
        time.sleep(0.1)

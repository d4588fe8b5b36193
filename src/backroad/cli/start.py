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


def start(
    *,
    port: Annotated[int | None, Parameter(help="Port on 127.0.0.1; default 8321, or BACKROAD_PORT.")] = None,
    browser: Annotated[bool, Parameter(help="Open the page in the browser.")] = True,
) -> None:
    """Start Backroad and open it in the browser. Ctrl-C ends it."""
    if port is not None:
        os.environ["BACKROAD_PORT"] = str(port)
    chosen = settings.load()
    _check_free(chosen.port)
    from backroad.product import Product

    Product.open(chosen).close()  # a damaged or newer database is told here, in one sentence
    address = f"http://127.0.0.1:{chosen.port}"
    print(f"Backroad runs at {address}   (Ctrl-C ends it; your data: {chosen.home})", flush=True)
    if browser:
        threading.Thread(target=_open_when_up, args=(chosen.port, address), daemon=True).start()
    from granian import Granian
    from granian.constants import Interfaces

    server = Granian(
        "backroad.cli.start:served_app",
        factory=True,
        address="127.0.0.1",
        port=chosen.port,
        interface=Interfaces.ASGI,
        workers=1,
        log_enabled=False,
        websockets=True,
    )
    # A closed terminal ends it too; Granian would start the worker anew.
    server.signal_handler_reload = server.signal_handler_interrupt  # type: ignore[method-assign]
    server.serve()


def served_app() -> Any:
    """The application in Granian's worker process.

    Ctrl-C reaches every process of the terminal, and Granian's parent then ends the worker as well. Two signals at
    once lock the worker up now and then, so it leaves the first one to its parent.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    from backroad.app import create_app

    return create_app()


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
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

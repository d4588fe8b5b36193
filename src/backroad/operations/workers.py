"""What the worker processes of one server share: a folder, for as long as it runs."""

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where each worker keeps its numbers; prometheus-client reads it when it is imported."""
MEMORY = "/dev/shm"
_DRAINING = "draining"


@contextmanager
def shared_folder() -> Iterator[Path]:
    """For the process that starts the workers, around all of it."""
    # In memory, where there is such a place: the files are mapped, and a full disk would end whoever writes.
    place = MEMORY if os.access(MEMORY, os.W_OK) else tempfile.gettempdir()
    _remove_left(Path(place))
    folder = Path(tempfile.mkdtemp(prefix=f"backroad-workers-{os.getpid()}-", dir=place))
    os.environ[FOLDER] = str(folder)
    try:
        yield folder
    finally:
        os.environ.pop(FOLDER, None)
        shutil.rmtree(folder, ignore_errors=True)


def _remove_left(place: Path) -> None:
    """What servers left behind that were killed."""
    for folder in place.glob("backroad-workers-*-*"):
        pid = folder.name.split("-")[2]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def drain() -> None:
    """From now on all workers say that they are not ready, so that whoever is in front sends no more requests."""
    if FOLDER in os.environ:
        Path(os.environ[FOLDER], _DRAINING).touch()


def after_draining(stop: Callable[..., None], seconds: float) -> Callable[..., None]:
    """A handler of signals: not ready from now on, stopped after `seconds`; asked a second time, at once."""

    def handler(*_: object) -> None:
        if is_draining():
            stop()
            return
        drain()
        waiting = threading.Timer(seconds, stop)
        waiting.daemon = True
        waiting.start()

    return handler


def is_draining() -> bool:
    return FOLDER in os.environ and Path(os.environ[FOLDER], _DRAINING).exists()

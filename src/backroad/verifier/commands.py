"""Commands of backroad.toml besides `start`: they run to their end, with the environment of the server."""

import asyncio
import os
import shlex
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from backroad.verifier import processes
from backroad.verifier.config import FILE_PLACE
from backroad.verifier.launching import launch
from backroad.verifier.log_ring import LogRing

LONGEST = 60.0  # seconds
POLL = 0.01


class Ended(msgspec.Struct, frozen=True):
    exit_code: int | None  # negative: the signal that ended it; None: it ran too long and was ended
    output: str
    seconds: float


async def run_command(
    command: str, folder: Path, environment: Mapping[str, str], *, file: Path | None = None, longest: float = LONGEST
) -> Ended:
    """Leaves no process behind, whatever it started."""
    if file is not None:
        command = command.replace(FILE_PLACE, shlex.quote(str(file)))
    mark = f"command-{os.urandom(8).hex()}"
    log = LogRing()
    began = time.perf_counter()
    process, reader = launch(command, folder, {**environment, processes.PART: mark}, log)
    try:
        while process.poll() is None and time.perf_counter() - began < longest:  # noqa: ASYNC110  a process sets no event
            await asyncio.sleep(POLL)
        code = process.poll()
    finally:
        processes.kill_tree(process, mark, variable=processes.PART)
    await asyncio.to_thread(reader.finish, 0.5)
    return Ended(code, log.text(), time.perf_counter() - began)

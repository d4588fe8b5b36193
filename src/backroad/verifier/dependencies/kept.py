"""One PostgreSQL for many runs: each still gets a fresh database, and none waits for the server to be set up."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterable, Mapping

from backroad.verifier.dependencies.sources import VARIABLES, Kind, Unavailable, find_server

KEPT: Kind = "postgres"  # the others start in a moment, and keep channels and queues that two runs would share


@contextlib.asynccontextmanager
async def kept(names: Iterable[str], environ: Mapping[str, str] = os.environ) -> AsyncIterator[Mapping[str, str]]:
    """The environment for runs that take place meanwhile."""
    if KEPT not in names:
        yield environ
        return
    try:
        server = await find_server(KEPT, environ)
    except Unavailable:
        yield environ  # each run says so itself
        return
    try:
        yield {**environ, VARIABLES[KEPT]: server.url}
    finally:
        await asyncio.to_thread(server.end)

"""An `http` drill in the terminal: its server waits for a client of the learner's own."""

import secrets
import select
import sys
import time

from backroad.drills.http_server.clock import RealClock
from backroad.drills.http_server.server import DrillServer
from backroad.drills.kinds.http import Http
from backroad.drills.model import Result
from backroad.kit.errors import Problem

OWN = "s"
SECONDS = 1800.0
_LAST_ANSWER = 0.5
"""Seconds in which the client reads its last answer, before the server ends."""


def by_own_client(drill: Http) -> Result | None:
    """None when the learner would rather write requests here; an `EOFError` when they leave."""
    said = input(f"Press Enter to write requests here, or type {OWN} to start the server for a client of your own.\n> ")
    if said.strip() != OWN:
        return None
    clock = RealClock()
    with DrillServer(drill.server(secrets.token_hex(16), clock), clock, seconds=SECONDS) as server:
        print(f"The server is at {server.url}, until all is reached, or you press Enter.", flush=True)
        _follow(drill, server)
        if server.fault:
            raise Problem(f"The drill's server failed: {server.fault}.", "Report it; this was not counted.")
        return drill.judged(server.exchanges)


def _follow(drill: Http, server: DrillServer) -> None:
    told = 0
    while not server.spent:
        seen = server.exchanges
        for one in seen[told:]:
            print(f"  {one.method} {one.request.target[:100]}  {one.status or 'no answer'}", flush=True)
        told = len(seen)
        if seen and drill.reached(seen):
            time.sleep(_LAST_ANSWER)
            return
        if select.select([sys.stdin], [], [], 0.1)[0]:
            if not sys.stdin.readline():
                raise EOFError
            if seen:
                return
            print(f"Nothing has arrived yet at {server.url}.", flush=True)

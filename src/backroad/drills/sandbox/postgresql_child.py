"""Runs SQL in databases that were made for one answer on a PostgreSQL server, and sends back what each gives.

Started as `served.py` says. The request is `{"folder", "packages", "seeds": [script], "programs": [script], "check",
"plan", "seconds", "corners": [{"name", "role", "admin", "own"}]}`; the answer is one line for each program: a list
with, for each seed, what is in `Ran` of `databases/engine.py`. The second program, the learner's, has the second corner
for itself, where there are two. What was written is sent to the server by a session of the role alone; the session of
the administrator only empties the database in between, watches its size, and ends what takes too long.
"""

import contextlib
import json
import os
import resource
import sys
import time
from typing import Any

from backroad.drills.sandbox import postgresql_plan
from backroad.drills.sandbox.postgresql_session import Session, Stopped, connect, failed
from backroad.drills.sandbox.postgresql_words import Seed, begins, commits, read_seed, statements, touches

MEMORY = 1024 * 1024 * 1024
BACKEND_MEMORY = 768 * 1024 * 1024
AGAIN = ("40001", "40P01")
OVER = "57014"
TRUSTED = 10.0  # seconds for what ships with Backroad: the rows and the check


class Corner:
    """A database of our own on the server."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.name, self.own = told["name"], told["own"]
        self.role, self.admin = told["role"], connect(told["admin"])
        self.admin.command("SET statement_timeout = '10s'")

    def fresh(self) -> None:
        """Empties it: nothing of the last run is left, and nobody is in it."""
        self.end_sessions()
        self.admin.command(f"DROP OWNED BY {self.name} CASCADE")
        self.admin.command(f"GRANT USAGE, CREATE ON SCHEMA public TO {self.name}")

    def end_sessions(self) -> None:
        """Of the role, whatever they do: nothing that runs in them can catch that."""
        there = f"FROM pg_stat_activity WHERE usename = '{self.name}'"
        self.admin.command(f"SELECT pg_terminate_backend(pid) {there}")
        until = time.monotonic() + TRUSTED
        while self.admin.value(f"SELECT count(*) {there}") != "0" and time.monotonic() < until:
            time.sleep(0.002)

    def session(self, seconds: float) -> Session:
        """Of the role, for so long from now."""
        session = connect(self.role, deadline=time.monotonic() + seconds, watch=self.size)
        session.command(f"SET statement_timeout = {int(seconds * 1000)}")
        if self.own and sys.platform == "linux":
            with contextlib.suppress(OSError):  # the server on this machine runs as ourselves, or as less
                resource.prlimit(session.pid, resource.RLIMIT_AS, (BACKEND_MEMORY, BACKEND_MEMORY))
        return session

    def size(self) -> int:
        """Of the database, in bytes."""
        return int(self.admin.value(f"SELECT pg_database_size('{self.name}')"))

    def waits(self, session: Session) -> bool:
        """Whether a session waits for what another one holds."""
        return self.admin.value(f"SELECT cardinality(pg_blocking_pids({session.pid})) > 0") == "true"


class Rival:
    """Another session, which goes on as soon as it can."""

    def __init__(self, corner: Corner, session: Session, script: tuple[str, ...]) -> None:
        self.corner, self.session = corner, session
        self.left = list(script)
        self.busy = False

    def go(self, *, wait: bool = False) -> None:
        """Until it is at its end, or has to wait for the learner's session; with `wait`, until it need not."""
        while self.busy or self.left:
            if not self.busy:
                self.session.send(self.left.pop(0))
                self.busy = True
            while not self.session.ready(0.005):
                if not wait and self.corner.waits(self.session):
                    return
            self.busy = False
            with contextlib.suppress(Stopped):  # it may fail, as sessions do
                self.session.results()


class Run:
    """One program on one state of the data."""

    def __init__(self, corner: Corner, seed: Seed, check: str, plan: bool, seconds: float) -> None:
        self.corner, self.seed, self.check, self.plan, self.seconds = corner, seed, check, plan, seconds

    def run(self, program: str) -> dict[str, Any]:
        found: dict[str, Any] = {"columns": [], "rows": [], "error": "", "open": False, "plan": []}
        try:
            self.corner.fresh()
            with contextlib.ExitStack() as opened:
                judge = opened.enter_context(contextlib.closing(self.corner.session(TRUSTED)))
                for statement in statements(self.seed.script):
                    judge.run(statement)
                mine = opened.enter_context(contextlib.closing(self.corner.session(self.seconds)))
                rival = None
                if self.seed.rival:
                    other = opened.enter_context(contextlib.closing(self.corner.session(self.seconds + 2)))
                    rival = Rival(self.corner, other, self.seed.rival)
                self.learner(found, mine, rival, program)
                if rival:
                    rival.go(wait=True)
                    rival.session.close()
                judge.deadline = time.monotonic() + TRUSTED
                self.judged(found, judge, program)
        except Stopped as stopped:
            found |= failed(stopped)
            self.corner.end_sessions()
        return found

    def learner(self, found: dict[str, Any], mine: Session, rival: Rival | None, program: str) -> None:
        for attempt in (1, 2):
            try:
                found["columns"], found["rows"] = self.perform(mine, rival, list(statements(program)))
                break
            except Stopped as stopped:
                mine.roll_back()
                if attempt == 2 or stopped.state not in AGAIN:
                    raise
                if rival:
                    rival.go(wait=True)
        if mine.in_transaction:
            found["open"] = True
            mine.roll_back()

    def perform(self, mine: Session, rival: Rival | None, program: list[str]) -> tuple[list[str], list[list[Any]]]:
        """The last result."""
        columns: list[str] = []
        rows: list[list[Any]] = []
        last = max((place for place, one in enumerate(program) if touches(one)), default=len(program) - 1)
        for place, statement in enumerate(program):
            at_commit = rival is not None and self.seed.at_commit
            alone = at_commit and place == last and not mine.in_transaction and not begins(statement)
            if alone:
                mine.run("BEGIN")
            if rival and (commits(statement) if at_commit else place == last):
                rival.go()
            given = mine.run(statement)
            if rival and alone:
                rival.go()
                mine.run("COMMIT")
            if given is not None:
                columns, rows = given
        return columns, rows

    def judged(self, found: dict[str, Any], judge: Session, program: str) -> None:
        asked = self.check or program
        if self.check:
            found["returned"] = [found["columns"], *found["rows"]] if found["columns"] else []
            for statement in statements(self.check):
                given = judge.run(statement)
                if given is not None:
                    found["columns"], found["rows"] = given
        if self.plan:
            judge.run("VACUUM ANALYZE")  # as the server does by itself, sooner or later
            found["plan"] = postgresql_plan.steps(judge, list(statements(asked)))


def main() -> None:
    channel = int(sys.argv[-1])
    request = json.load(sys.stdin)
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    corners = [Corner(told) for told in request["corners"]]
    seeds = [read_seed(text) for text in request["seeds"]]
    for number, program in enumerate(request["programs"]):
        corner = corners[number == 1 and len(corners) > 1]
        # The key and the learner's get all of the time, the known wrong ones a part: an endless one takes little.
        seconds = request["seconds"] / (1 if number < 2 else 2)
        found: list[dict[str, Any]] = []
        for seed in seeds:
            if found and found[-1].get("state") == OVER:
                found.append(found[-1])  # what does not end on one state is not tried on the next
            else:
                found.append(Run(corner, seed, request["check"], request["plan"], seconds).run(program))
        line = json.dumps({"token": request["token"], "value": found}).encode() + b"\n"
        while line:
            line = line[os.write(channel, line) :]

"""PostgreSQL: databases of their own on a server, configured or installed with pip, made for one answer and dropped.

What a learner wrote runs as a role that may log in and make things in its database, and nothing else: it is no
superuser, so that the server itself refuses files, programs, extensions and other databases.
"""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from backroad.drills.databases import postgresql_server as server
from backroad.drills.databases.engine import Engine, Ran, Request, judged
from backroad.drills.databases.packages import SOURCE, START, folder_of
from backroad.drills.model import Feedback
from backroad.drills.sandbox.contain import contain
from backroad.kit.errors import Problem

SECONDS = 3.0
"""For one program on one state of the data."""
LONGEST = 45.0
"""Seconds for all programs on all states."""
_CANNOT_RUN = ("42", "0A", "25", "26", "3D", "3F")
"""Classes of SQLSTATE: syntax, names, rights, what is not there, what no transaction allows."""
_STOPPED = {
    "57014": f"It was stopped after {SECONDS:g} s: does something in it never end?",
    "55P03": "It was stopped because it waits for a lock that another transaction holds.",
    "40001": "It ended twice with a serialization failure.",
    "40P01": "It ended twice with a deadlock.",
    "53400": "It was stopped because it needed more than 64 MiB of temporary files.",
    "53200": "It was stopped because it needed too much memory.",
    "53100": "It was stopped because it wrote more than 128 MiB.",
}


class Postgresql(Engine):
    name: ClassVar[str] = "PostgreSQL"
    plans: ClassVar[str] = r"uses (covering )?index( \w+)?|no sequential scan( of \w+)?|no sorting"
    plans_said: ClassVar[str] = (
        "`uses index NAME`, `uses covering index`, `no sequential scan of TABLE` or `no sorting`"
    )

    def missing(self) -> str:
        return server.missing()

    def run(self, request: Request) -> list[list[Ran]]:
        packages = [SOURCE, folder_of("psycopg")]
        command = [sys.executable, "-I", "-S", "-c", START.format("postgresql_child"), os.pathsep.join(packages)]
        with server.corners(2 if request.learners else 1) as corners:
            asked = msgspec.structs.asdict(request) | {"seconds": SECONDS, "corners": corners}
            contained = contain(command, asked, seconds=LONGEST)
        found = [msgspec.convert(value, list[Ran]) for value in contained.values]
        lost = f"it was stopped {contained.stopped or 'before its end'}"
        if not found:
            said = contained.complaint.strip().rpartition("\n")[2]
            raise Problem(f"PostgreSQL could not be used: {said or lost}.", "Report it.")
        missing = [[Ran((), (), lost, -1)] * len(request.seeds)] * (len(request.programs) - len(found))
        return found + missing

    def unrunnable(self, ran: Ran) -> bool:
        return bool(ran.error) and ran.state[:2] in _CANNOT_RUN

    def stopped(self, ran: Ran) -> str:
        return _STOPPED.get(ran.state, "")

    def planned(self, demand: str, plan: Sequence[str], names: Mapping[str, str]) -> Feedback:
        """A step is as `Index Only Scan using NAME on TABLE`."""
        if demand == "no sorting":
            return judged(
                not any(step in ("Sort", "Incremental Sort") for step in plan), "A plan without sorting", plan
            )
        if demand.startswith("no sequential scan"):
            table = demand.removeprefix("no sequential scan").removeprefix(" of ")
            scanned = [step.rpartition(" on ")[2] for step in plan if step.startswith("Seq Scan")]
            where = f"`{table}`" if table else "any table"
            return judged(
                table not in scanned if table else not scanned, f"A plan that does not read {where} row by row", plan
            )
        covering = "covering " in demand
        index = demand.rpartition("index")[2].strip()
        pattern = r"Index Only Scan using " if covering else r"Index (Only )?Scan using "
        used = any(re.search(pattern + (rf"{index}\b" if index else ""), step) for step in plan)
        kind = "a covering index" if covering else "an index"
        return judged(used, f"A plan that uses {f'the index `{index}`' if index else kind}", plan)

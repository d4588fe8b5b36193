"""SQLite: databases in memory, in a child."""

import re
import sys
from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from backroad.drills.databases.engine import Engine, Ran, Request, judged
from backroad.drills.model import Feedback
from backroad.drills.sandbox.contain import child, contain
from backroad.kit.errors import Problem

SECONDS = 2.0
_CANNOT_RUN = (1, 23)
"""SQLITE_ERROR and SQLITE_AUTH: the statements cannot be run as they stand. Everything else is an answer."""
_STOPPED = {
    9: f"It was stopped after {SECONDS:g} s: does something in it never end?",
    7: "It was stopped because it needed more than 64 MiB of memory.",
    13: "It was stopped because it needed more than 64 MiB of memory.",
    18: "It was stopped because a value in it is longer than 1,000,000 bytes.",
}


class Sqlite(Engine):
    name: ClassVar[str] = "SQLite"
    plans: ClassVar[str] = r"uses (covering )?index( \w+)?|no scan( of \w+)?|no sorting"
    plans_said: ClassVar[str] = "`uses index NAME`, `uses covering index`, `no scan of TABLE` or `no sorting`"

    def run(self, request: Request) -> list[list[Ran]]:
        command = [sys.executable, "-I", "-S", child("sqlite_child.py")]
        asked = msgspec.structs.asdict(request) | {"seconds": SECONDS}
        contained = contain(command, asked, seconds=SECONDS * 5)
        found = [msgspec.convert(value, list[Ran]) for value in contained.values]
        lost = f"it was stopped {contained.stopped or 'before its end'}"
        missing = [[Ran((), (), lost, -1)] * len(request.seeds)] * (len(request.programs) - len(found))
        if not found:
            said = contained.complaint.strip().rpartition("\n")[2]
            raise Problem(f"The database could not be run: {said or lost}.", "Report it.")
        return found + missing

    def unrunnable(self, ran: Ran) -> bool:
        return bool(ran.error) and ran.code in _CANNOT_RUN

    def stopped(self, ran: Ran) -> str:
        return _STOPPED.get(ran.code, "")

    def planned(self, demand: str, plan: Sequence[str], names: Mapping[str, str]) -> Feedback:
        if demand == "no sorting":
            return judged(not any("TEMP B-TREE FOR ORDER BY" in step for step in plan), "A plan without sorting", plan)
        if demand.startswith("no scan"):
            table = demand.removeprefix("no scan").removeprefix(" of ").casefold()
            scanned = [words[1].casefold() for words in map(str.split, plan) if words[0] == "SCAN" and len(words) > 1]
            real = [names.get(name, name) for name in scanned]
            where = f"`{table}`" if table else "any table"
            return judged(table not in real if table else not real, f"A plan that does not scan {where}", plan)
        covering = "covering " in demand
        index = demand.rpartition("index")[2].strip()
        pattern = "USING COVERING INDEX" if covering else r"USING (COVERING )?INDEX"
        used = any(re.search(pattern + (rf" {index}\b" if index else ""), step, re.IGNORECASE) for step in plan)
        kind = "a covering index" if covering else "an index"
        return judged(used, f"A plan that uses {f'the index `{index}`' if index else kind}", plan)

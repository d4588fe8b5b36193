"""The proxy before PostgreSQL: counts statements, and fails or loses the n-th."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from backroad.verifier.dependencies.link import Link
from backroad.verifier.dependencies.postgres_wire import PostgresWire, Statement
from backroad.verifier.dependencies.proxy import Proxy
from backroad.verifier.dependencies.watching import Plan, Planned, Seen, Watch
from backroad.verifier.dependencies.wire import Wire

MESSAGES = {
    "08006": "connection failure",
    "23505": "duplicate key value violates unique constraint",
    "25006": "cannot execute in a read-only transaction",
    "40001": "could not serialize access due to concurrent update",
    "40P01": "deadlock detected",
    "53100": "could not extend file: No space left on device",
    "53300": "sorry, too many clients already",
    "55P03": "could not obtain lock on row",
    "57014": "canceling statement due to statement timeout",
    "57P01": "terminating connection due to administrator command",
    "57P02": "terminating connection because of crash of another server process",
    "57P03": "the database system is shutting down",
}


class PostgresProxy(Proxy):
    """Statements are counted when they arrive here. A simple query counts once, however many statements it holds.

    A stream that is not PostgreSQL's protocol is forwarded as it is, and nothing in it is counted. Encryption is
    refused (the answer to SSLRequest is N), as no statement could be seen otherwise.
    """

    def __init__(self, name: str, address: tuple[str, int], *, seed: str = "") -> None:
        super().__init__(name, address, seed=seed)
        self._watch: Watch[Statement] = Watch()

    def make_wire(self, link: Link) -> Wire:
        return PostgresWire(link, self._watch, link.number)

    @property
    def statements(self) -> int:
        """All there ever were, with those that drivers send for themselves."""
        return self._watch.total

    @asynccontextmanager
    async def counting(self) -> AsyncIterator[Seen[Statement]]:
        """`seen.count` and `seen.texts` leave out transaction control and what drivers send for themselves."""
        with self._watch.counting() as seen:
            yield seen

    def fail(
        self, nth: int = 1, sqlstate: str = "40001", *, message: str = "", matching: str | None = None, times: int = 1
    ) -> Planned[Statement]:
        """The n-th statement from now is answered with an error, and not executed; then the `times` - 1 after it.

        Counted are those that `seen.count` counts, or those whose text matches the regular expression `matching`
        (which may name COMMIT). After 57P01 and the like the connection ends, as it does with a real server.
        """
        if not re.fullmatch("[0-9A-Z]{5}", sqlstate):
            raise ValueError(f"{sqlstate!r} is no SQLSTATE: five digits and capital letters")
        text = message or MESSAGES.get(sqlstate, "an error made by Backroad")
        return self._watch.plan(Plan(nth, times, matching, error=sqlstate, message=text, how="answer"))

    failing = fail

    def lose(
        self, nth: int = 1, *, when: Literal["before", "after"], matching: str | None = None, times: int = 1
    ) -> Planned[Statement]:
        """The connection ends at the n-th statement from now: before it was executed, or after that but unanswered."""
        return self._watch.plan(Plan(nth, times, matching, error="", message="", how=when))

    losing = lose

    def restore(self) -> None:
        self._watch.plans = []
        super().restore()

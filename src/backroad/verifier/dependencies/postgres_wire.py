"""One connection in PostgreSQL's frontend/backend protocol 3: lists statements, and makes one fail in the right place.

A statement that is to fail is replaced by one that the server itself refuses: EXECUTE of a prepared statement, or
Execute of a portal, that does not exist. The server's error comes at the right place among the answers and leaves the
session in the right state, transactions included; only its text is replaced. So nothing has to be kept in step here.
"""

import re
import secrets
from collections import deque
from collections.abc import Callable

import msgspec

from backroad.verifier.dependencies import postgres_frames as frames
from backroad.verifier.dependencies.postgres_frames import FrameReader, Part, StartupReader
from backroad.verifier.dependencies.watching import Plan, Watch
from backroad.verifier.dependencies.wire import Ends, Wire
from backroad.verifier.wording import clean

FRONTEND = b"BCDEFHPQSXcdfp"
BACKEND = b"123ACDEGHIKNRSTVWZcdnstv"
MAX_TEXT = 4096  # characters of a statement that are kept
MAX_NAMES = 10_000  # prepared statements and portals that are remembered for a connection
CONTROL = re.compile(
    r"(begin|start\s+transaction|commit|end|rollback|abort|savepoint|release|prepare\s+transaction)\b", re.IGNORECASE
)
ENDS_BLOCK = re.compile(r"(commit|end|rollback|abort)\b(?!.*\bto\b)", re.IGNORECASE | re.DOTALL)
STARTS_BLOCK = re.compile(r"(begin|start\s+transaction)\b", re.IGNORECASE)
COMMITS = re.compile(r"(commit|end)\b", re.IGNORECASE)
SESSION = re.compile(
    r"$|(set|show|reset|discard|deallocate|listen|unlisten)\b|.*\bpg_catalog\.|.*\bpg_(type|range|namespace)\b"
    r"|select\s+(1|version\(\)|current_schema(\(\))?|current_database\(\)|pg_advisory_unlock_all\(\))\s*;?\s*$",
    re.IGNORECASE | re.DOTALL,
)
MORE = re.compile(r";\s*[^\s;]")
COMMENTS = re.compile(r"^(\s+|--[^\n]*(\n|$)|/\*.*?\*/|;)+", re.DOTALL)
FATAL = re.compile(r"57P0[1-5]|08...|53300|28...|3D000")  # after these a server closes the connection


class Statement(msgspec.Struct, frozen=True):
    text: str  # its first 4096 characters, without parameters
    connection: int  # number of the proxy's connection
    transaction: int  # the same for all statements of one transaction, within one connection
    in_block: bool  # between BEGIN and COMMIT
    work: bool  # neither transaction control nor what a driver sends for itself

    @classmethod
    def of(cls, text: str, connection: int, transaction: int, in_block: bool) -> "Statement":
        bare = without_comments(text)
        control = CONTROL.match(bare) and not MORE.search(bare)
        work = not (control or SESSION.match(bare))
        return cls(clean(text[:MAX_TEXT]), connection, transaction, in_block, work)


def without_comments(text: str) -> str:
    """Its beginning, from the first word on."""
    return COMMENTS.sub("", text[: 2 * MAX_TEXT])[:MAX_TEXT]


class Cycle:
    """What the server answers up to and with one ReadyForQuery."""

    def __init__(self) -> None:
        self.closed = False  # what ends it was sent
        self.simple = False  # that is a Query and not a Sync
        self.copying = False  # the server takes COPY data and ignores Sync
        self.lose = False  # its answers do not reach the client; then the connection ends
        self.undone = False  # a COMMIT that was made a ROLLBACK, whose own success is not shown


class PostgresWire(Wire):
    def __init__(self, ends: Ends, watch: Watch[Statement], number: int = 1) -> None:
        super().__init__(ends)
        self._watch = watch
        self._number = number
        self._startup: StartupReader | None = StartupReader()
        self._front = FrameReader(FRONTEND, b"BCEFHPQSXcf")
        self._back = FrameReader(BACKEND, b"CEGZ")
        self._nonce = f"backroad_{secrets.token_hex(12)}"
        self._failing: dict[bytes, Plan[Statement]] = {}  # name that stands for a failing statement
        self._made = 0
        self._texts: dict[bytes, str] = {}  # prepared statement -> its text
        self._portals: dict[bytes, str | None] = {}  # portal -> text, None once it was executed
        self._cycles: deque[Cycle] = deque([Cycle()])
        self._cycles[0].closed = self._cycles[0].simple = True  # the startup ends with a ReadyForQuery as well
        self._transaction = 1
        self._in_block = False
        self._aborted = False
        self._over = False
        self._on: dict[int, Callable[[Part], bytes]] = {
            ord("Q"): self._query, ord("P"): self._parse, ord("B"): self._bind, ord("E"): self._execute,
            ord("C"): self._close, ord("S"): self._sync, ord("F"): self._call, ord("c"): self._copied,
            ord("f"): self._copied, ord("H"): self._flush,
        }  # fmt: skip

    def from_client(self, data: bytes) -> None:
        while self._startup is not None:
            step = self._startup.feed(data)
            if step is None:
                return
            code, message, data = step
            if code in (frames.SSL_REQUEST, frames.GSS_REQUEST):
                self.ends.to_client(b"N")
                continue
            self._startup = None
            if code in (0, frames.CANCEL_REQUEST):
                self._front.opaque = self._back.opaque = True
            self.ends.to_server(message)
        out = []
        for part in self._front.feed(data) if data else ():
            handle = self._on.get(part.kind)
            out.append(handle(part) if handle is not None else part.data)
            if self._over:
                return
        self.ends.to_server(b"".join(out))

    def client_finished(self) -> None:
        if not self._over:
            self.ends.to_server(self._startup.rest() if self._startup is not None else self._front.rest())

    def _query(self, part: Part) -> bytes:
        cycle = self._cycle()
        cycle.closed = cycle.simple = True
        text = part.data[frames.HEADER :].split(b"\0", 1)[0].decode("utf-8", "replace")
        plan = self._statement(text, part.whole)
        name = self._apply(plan, cycle)
        if not name:
            return part.data
        bad = b"EXECUTE " + name
        if COMMITS.match(without_comments(text)):
            # A COMMIT that fails ends the transaction.
            cycle.undone = True
            bad = b"ROLLBACK; " + bad
        return frames.message(b"Q", bad + b"\0")

    def _parse(self, part: Part) -> bytes:
        self._cycle()
        name, _, rest = part.data[frames.HEADER :].partition(b"\0")
        self._texts.pop(name, None)
        if len(self._texts) < MAX_NAMES:
            self._texts[name] = rest.split(b"\0", 1)[0][: 4 * MAX_TEXT].decode("utf-8", "replace")[:MAX_TEXT]
        return part.data

    def _bind(self, part: Part) -> bytes:
        self._cycle()
        portal, name, *_ = [*part.data[frames.HEADER :].split(b"\0", 2), b""]
        if len(self._portals) >= MAX_NAMES:
            self._portals.clear()
        self._portals[portal] = self._texts.get(name, "(a prepared statement)")
        return part.data

    def _execute(self, part: Part) -> bytes:
        cycle = self._cycle()
        portal = part.data[frames.HEADER :].split(b"\0", 1)[0]
        text = self._portals.get(portal, "(a prepared statement)")
        if text is None:
            return part.data  # more rows of the same
        self._portals[portal] = None
        name = self._apply(self._statement(text, part.whole), cycle)
        return frames.message(b"E", name + b"\0\0\0\0\0") if name else part.data

    def _close(self, part: Part) -> bytes:
        self._cycle()
        name = part.data[frames.HEADER + 1 :].split(b"\0", 1)[0]
        (self._texts if part.data[frames.HEADER : frames.HEADER + 1] == b"S" else self._portals).pop(name, None)
        return part.data

    def _sync(self, part: Part) -> bytes:
        if not (self._cycles and self._cycles[0].copying):
            self._cycle().closed = True
        return part.data

    def _flush(self, part: Part) -> bytes:
        cycle = self._cycle()
        if not cycle.lose:
            return part.data
        # The client waits for answers, which it does not get, before it sends the Sync that would commit.
        cycle.closed = True
        return frames.message(b"S", b"")

    def _call(self, part: Part) -> bytes:
        cycle = self._cycle()
        cycle.closed = cycle.simple = True
        self._statement("(a function call)", can_fail=False)
        return part.data

    def _copied(self, part: Part) -> bytes:
        if self._cycles:
            self._cycles[0].copying = False
        return part.data

    def _cycle(self) -> Cycle:
        """The one to which the client's message belongs."""
        if not self._cycles or self._cycles[-1].closed:
            self._cycles.append(Cycle())
        return self._cycles[-1]

    def _statement(self, text: str, can_fail: bool) -> Plan[Statement] | None:
        bare = without_comments(text)
        if STARTS_BLOCK.match(bare):
            self._in_block = True
        statement = Statement.of(text, self._number, self._transaction, self._in_block)
        ends = ENDS_BLOCK.match(bare) is not None
        if ends:
            self._in_block = False
        if not self._in_block:
            self._transaction += 1
        # In an aborted transaction everything is refused anyhow, and a ROLLBACK never fails.
        hopeless = self._aborted or (ends and not COMMITS.match(bare))
        return self._watch.note(statement, can_fail=can_fail and not hopeless)

    def _apply(self, plan: Plan[Statement] | None, cycle: Cycle) -> bytes:
        """Name of what does not exist, if the statement is to be replaced by that."""
        if plan is None:
            return b""
        if plan.how == "before":
            self._over = True
            self.ends.reset()
        elif plan.how == "after":
            cycle.lose = True
        else:
            self._made += 1
            name = f"{self._nonce}_{self._made}_".encode()
            self._failing[name] = plan
            return name
        return b""

    def from_server(self, data: bytes) -> None:
        if self._over:
            return
        out: list[bytes] = []
        for part in self._back.feed(data):
            cycle = self._cycles[0] if self._cycles else None
            shown = self._answer(part, cycle)
            if cycle is None or not cycle.lose or part.kind == ord("G"):
                out.append(shown)
            if self._over:
                break
        self.ends.to_client(b"".join(out))
        if self._over:
            self.ends.hang_up()

    def server_finished(self) -> None:
        if not self._over:
            self.ends.to_client(self._back.rest())

    def _answer(self, part: Part, cycle: Cycle | None) -> bytes:
        kind = chr(part.kind)
        if kind == "Z":
            self._ready(part.data[frames.HEADER : frames.HEADER + 1], cycle)
        elif kind == "E":
            if cycle is not None:
                cycle.copying = False
            return self._error(part.data)
        elif kind == "G" and cycle is not None and part.whole:
            cycle.copying = True
            if cycle.closed and not cycle.simple:
                # A Sync that came before the data was ignored: another one will end this cycle.
                cycle.closed = False
                self._cycles = deque([cycle])
        elif kind == "C" and cycle is not None and cycle.undone and part.data[frames.HEADER :] == b"ROLLBACK\0":
            return b""
        return part.data

    def _ready(self, status: bytes, cycle: Cycle | None) -> None:
        if cycle is not None:
            self._cycles.popleft()
            self._over = self._over or cycle.lose
        self._aborted = status == b"E"
        if not self._cycles and self._in_block != (status != b"I"):
            self._in_block = not self._in_block
            self._transaction += 1

    def _error(self, data: bytes) -> bytes:
        """The server's ErrorResponse, or the planned one if we have provoked it."""
        for name, plan in self._failing.items():
            if name in data:
                del self._failing[name]
                fatal = FATAL.fullmatch(plan.error) is not None
                self._over = fatal
                return frames.error_response(plan.error, plan.message, "FATAL" if fatal else "ERROR")
        return data

"""One connection in Redis's protocol: lists commands, and makes one fail in the right place.

A command that is to fail is replaced by one that does not exist. The server's error comes at the right place among
the answers, and inside MULTI has the right effect; only its text is replaced. Answers are looked into only while such
an error is due.
"""

import re
import secrets

import msgspec

from backroad.verifier.dependencies.redis_commands import SCRIPTS, CommandReader, encode
from backroad.verifier.dependencies.watching import Plan, Watch
from backroad.verifier.dependencies.wire import Ends, Wire
from backroad.verifier.wording import clean

MAX_KEY = 200
MAX_LINE = 1024  # longer than any error that we provoke
SESSION = frozenset(
    ("AUTH", "HELLO", "CLIENT", "SELECT", "PING", "ECHO", "QUIT", "INFO", "COMMAND", "READONLY", "READWRITE", "RESET",
     "CONFIG", "ACL", "ROLE", "CLUSTER", "MODULE")
)  # fmt: skip  # what drivers send for themselves; arguments may be secret and are not kept
CONTROL = frozenset(("MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH"))
ANYWHERE = SESSION - {"CONFIG", "ACL", "CLUSTER", "MODULE"} | {
    "SUBSCRIBE", "UNSUBSCRIBE", "PSUBSCRIBE", "PUNSUBSCRIBE", "PUBLISH", "MULTI", "EXEC", "DISCARD", "TIME",
}  # fmt: skip  # harmless in any database
RUINOUS = frozenset(
    ("FLUSHALL", "SWAPDB", "MOVE", "SHUTDOWN", "CONFIG", "ACL", "DEBUG", "REPLICAOF", "SLAVEOF", "MODULE", "FAILOVER",
     "CLUSTER", "MIGRATE", "SAVE", "BGSAVE", "BGREWRITEAOF", "MONITOR", "SYNC", "PSYNC")
)  # fmt: skip  # not on a server that is only lent


class Command(msgspec.Struct, frozen=True):
    name: str  # upper case
    key: str  # the first argument, for scripts the first key; at most 200 characters
    connection: int

    @classmethod
    def of(cls, words: list[bytes], connection: int) -> "Command":
        name = clean(words[0][:40].decode("utf-8", "replace")).upper()
        at = 3 if name in SCRIPTS else 1
        key = words[at] if at < len(words) and name not in SESSION else b""
        return cls(name, clean(key[: 4 * MAX_KEY].decode("utf-8", "replace"))[:MAX_KEY], connection)

    @property
    def text(self) -> str:
        return f"{self.name} {self.key}".strip()

    @property
    def work(self) -> bool:
        return self.name not in SESSION and self.name not in CONTROL


class RedisWire(Wire):
    """With `only` the server is lent: commands outside this one database are refused, and so are ruinous ones.
    Commands inside scripts are not looked at."""

    def __init__(self, ends: Ends, watch: Watch[Command], number: int = 1, *, only: int | None = None) -> None:
        super().__init__(ends)
        self._watch = watch
        self._number = number
        self._only = only
        self._selected = not only  # a connection begins in database 0
        self._reader = CommandReader(self._decide)
        self._nonce = f"BACKROAD-{secrets.token_hex(12)}".encode()
        self._due: dict[bytes, str | None] = {}  # name of a command that does not exist -> the error to show
        self._made = 0
        self._held = b""  # an answer that may be one of these errors
        self._losing = False  # nothing more is shown; the connection ends when the last of our errors has come
        self._over = False

    def from_client(self, data: bytes) -> None:
        out = self._reader.feed(data)
        if not self._over:
            self.ends.to_server(out)

    def client_finished(self) -> None:
        if not self._over:
            self.ends.to_server(self._reader.rest())

    def _decide(self, words: list[bytes]) -> bytes | None:
        command = Command.of(words, self._number)
        if refusal := self._refusal(command, words):
            return self._failing(refusal)
        plan = self._watch.note(command, can_fail=command.name not in ("AUTH", "HELLO", "SELECT"))
        return None if plan is None else self._apply(plan, words)

    def _refusal(self, command: Command, words: list[bytes]) -> str:
        if self._only is None:
            return ""
        lent = f"ERR Backroad lends database {self._only} of this Redis only"
        if command.name in RUINOUS:
            return f"{lent}: {command.name} is refused"
        if command.name == "SELECT":
            self._selected = words[1:2] == [str(self._only).encode()]
            return "" if self._selected else f"{lent}: use the number at the end of REDIS_URL"
        if command.name == "RESET":
            self._selected = not self._only
        if not self._selected and command.name not in ANYWHERE:
            return f"{lent}: use the number at the end of REDIS_URL"
        return ""

    def _apply(self, plan: Plan[Command], words: list[bytes]) -> bytes | None:
        if plan.how == "before":
            self._over = True
            self.ends.reset()
            return b""
        if plan.how == "answer" and words[0].upper() == b"EXEC":
            # Spoils the transaction without an answer; then EXEC ends it, which is answered EXECABORT.
            return self._failing(None) + encode(b"EXEC")
        if plan.how == "answer":
            return self._failing(plan.error)
        self._losing = True
        self._reader.follow = self._failing(None)  # answered once the command was executed
        return None

    def _failing(self, error: str | None) -> bytes:
        """A command that the server will refuse; None: without an answer to the client."""
        self._made += 1
        name = b"%b-%d-" % (self._nonce, self._made)
        self._due[name] = error
        return encode(name)

    def from_server(self, data: bytes) -> None:
        if self._over:
            return
        if self._due or self._held:
            data = self._rewritten(self._held + data)
        if not self._losing:
            self.ends.to_client(data)
        elif not self._due:
            self._over = True
            self.ends.hang_up()

    def server_finished(self) -> None:
        if not self._over:
            self.ends.to_client(self._held)

    def _rewritten(self, data: bytes) -> bytes:
        def shown(found: re.Match[bytes]) -> bytes:
            error = self._due.pop(found[1], None)
            return b"" if error is None else b"-" + error.encode() + b"\r\n"

        data = re.sub(rb"-[^\r\n]*?(" + re.escape(self._nonce) + rb"-\d+-)[^\r\n]*\r\n", shown, data)
        last = data.rfind(b"\n") + 1
        self._held = data[last:] if self._due and data[last : last + 1] == b"-" and len(data) - last < MAX_LINE else b""
        return data[: len(data) - len(self._held)]

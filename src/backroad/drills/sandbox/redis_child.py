"""Runs Redis commands, one a line as in redis-cli, against a fresh database. Runs inside the child; see `served.py`.

The server is fakeredis's, in memory, with a clock that only `# wait SECONDS` moves. Where `url` is given, it is an
empty database of a real server: marked by a key as ours, emptied before and after, and recognised as left behind when
no connection carries its number. There, waiting shortens every lifetime instead.

What stands below `# meanwhile` in a seed is run by another client, right before the learner's last command that writes.
"""

import atexit
import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from backroad.drills.sandbox import served
from backroad.drills.sandbox.redis_lines import WRITING, Command, Error, Status, Wait, allow, names, read, said, shown

EPOCH = 1_767_603_600.0  # 5 January 2026, 09:00 UTC
MARK = "backroad:drill"
DATABASES = 16
SLOW = 0.3  # seconds after which lifetimes on a real server have visibly shrunk, so that the program is run again
TAKE = """
if redis.call('DBSIZE') > 0 then
  if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
  redis.call('FLUSHDB')
end
redis.call('SET', KEYS[1], 'made by Backroad for one drill; flushed after it')
return 1
"""
STATUS = names("""
    DISCARD HMSET LSET LTRIM MSET MULTI PFMERGE PING PSETEX RENAME SET SETEX TYPE UNWATCH WATCH XGROUP
""")
UNORDERED = {"KEYS", "SDIFF", "SINTER", "SMEMBERS", "SUNION", "HKEYS", "HVALS"}
PAIRED = {"HGETALL"}
CODES = names("ERR WRONGTYPE NOGROUP BUSYGROUP EXECABORT OOM MISCONF READONLY LOADING NOPERM BUSYKEY CROSSSLOT")
"""With which errors begin; redis-py leaves ERR out."""
FAULTY = ("ERR unknown", "ERR wrong number of arguments", "ERR syntax error", "ERR Unrecognized", "ERR Unbalanced")


class Seed(NamedTuple):
    steps: list[Command | Wait]
    meanwhile: list[Command | Wait]


class Connection:
    """One client of the server; a reply is None, a number, bytes, a list, an `Error` or a `Status`."""

    def __init__(self, link: Any) -> None:
        self.link = link
        self.queued: list[str] = []
        self.in_transaction = False

    def call(self, command: Command) -> Any:
        allow(command)
        return self.named(command.name, self.raw(*command.words))

    def raw(self, *parts: bytes | str | int) -> Any:
        import redis

        self.link.send_command(*parts)
        try:
            return plain(self.link.read_response())
        except redis.ResponseError as error:
            return plain(error)

    def named(self, name: str, reply: Any) -> Any:
        """What redis-py does not tell: which replies are a status; and replies without order, in order."""
        if name == "EXEC":
            queued, self.queued, self.in_transaction = self.queued, [], False
            if isinstance(reply, list):
                return [self.value(one, inner) for one, inner in zip(queued, reply, strict=False)]
            return reply
        if name == "DISCARD":
            self.queued, self.in_transaction = [], False
        elif name == "MULTI" and not isinstance(reply, Error):
            self.in_transaction = True
        elif self.in_transaction and reply == b"QUEUED":
            self.queued.append(name)
            return Status("QUEUED")
        return self.value(name, reply)

    def value(self, name: str, reply: Any) -> Any:
        if isinstance(reply, bytes) and name in STATUS and (name != "SET" or reply == b"OK"):
            return Status(reply.decode("utf-8", "replace"))
        if isinstance(reply, list):
            if name in UNORDERED:
                return sorted((value for value in reply if value != MARK.encode()), key=str)
            if name in PAIRED:
                pairs = sorted(zip(reply[::2], reply[1::2], strict=False), key=str)
                return [value for pair in pairs for value in pair]
            if name == "XPENDING":
                return pending(reply)
        return reply


def pending(reply: list[Any]) -> list[Any]:
    """Idle times in whole seconds, and the counts of consumers as texts, which they are on a real server."""
    if reply and isinstance(reply[0], list):
        return [[*row[:2], row[2] // 1000 * 1000, *row[3:]] for row in reply]
    if len(reply) == 4 and isinstance(reply[3], list):
        return [*reply[:3], [[name, str(int(count)).encode()] for name, count in reply[3]]]
    return reply


def plain(reply: Any) -> Any:
    if isinstance(reply, Exception):
        text = str(reply)
        kind = "EXECABORT" if type(reply).__name__ == "ExecAbortError" else "ERR"
        return Error(text if text.partition(" ")[0] in CODES else f"{kind} {text}")
    if isinstance(reply, list):
        return [plain(inner) for inner in reply]
    if isinstance(reply, bool):
        return int(reply)
    if isinstance(reply, float):
        return f"{reply:.17g}".encode()
    return reply.encode() if isinstance(reply, str) else reply


class Embedded:
    real = False

    def __init__(self) -> None:
        import fakeredis

        self.fakeredis = fakeredis
        self.now = EPOCH
        self.server: Any = None
        time.time = lambda: self.now

    @contextlib.contextmanager
    def world(self) -> Iterator[None]:
        self.now = EPOCH
        self.server = self.fakeredis.FakeServer(version=(7, 0), server_type="redis")
        yield

    def connect(self) -> Connection:
        link = self.fakeredis.FakeConnection(server=self.server, db=0, protocol=2)
        link.connect()
        return Connection(link)

    def wait(self, seconds: float) -> None:
        self.now += seconds + 0.001


class Real:
    real = True

    def __init__(self, url: str) -> None:
        import redis

        self.make = redis.ConnectionPool.from_url(url, protocol=2, socket_timeout=10, socket_connect_timeout=3)
        self.number = -1
        try:
            self.session = self.connect()
            for number in range(DATABASES - 1, 0, -1):
                if self.taken(number):
                    self.number = number
                    atexit.register(self.session.raw, "FLUSHDB")
                    return
        except (redis.RedisError, OSError, ValueError) as error:
            raise served.Unavailable(str(error)[:200] or type(error).__name__) from None
        raise served.Unavailable(f"it has no empty database among 1 to {DATABASES - 1}")

    def taken(self, number: int) -> bool:
        """Two that try the same one at the same moment may both leave it, never both take it."""
        name = f"{MARK}:{number}"
        self.session.raw("CLIENT", "SETNAME", name)
        clients = self.session.raw("CLIENT", "LIST")
        if not isinstance(clients, bytes) or clients.decode("utf-8", "replace").split().count(f"name={name}") > 1:
            self.session.raw("CLIENT", "SETNAME", "")
            return False
        if not isinstance(self.session.raw("SELECT", number), Error) and self.session.raw("EVAL", TAKE, 1, MARK) == 1:
            return True
        self.session.raw("CLIENT", "SETNAME", "")
        return False

    def connect(self) -> Connection:
        link: Any = self.make.make_connection()
        link.connect()
        connection = Connection(link)
        if self.number >= 0:
            connection.raw("SELECT", self.number)
        return connection

    @contextlib.contextmanager
    def world(self) -> Iterator[None]:
        self.session.raw("EVAL", TAKE, 1, MARK)
        try:
            yield
        finally:
            self.session.raw("FLUSHDB")
            self.session.raw("SET", MARK, "")

    def wait(self, seconds: float) -> None:
        """Every lifetime becomes so much shorter, and every pending entry so much older."""
        moved = round(seconds * 1000) + 1
        for key in self.session.raw("KEYS", "*"):
            left = self.session.raw("PTTL", key)
            if left >= 0:
                self.session.raw("PEXPIRE", key, left - moved) if left > moved else self.session.raw("DEL", key)
            if self.session.raw("TYPE", key) == b"stream":
                self.age(key, moved)

    def age(self, key: bytes, moved: int) -> None:
        for group in self.session.raw("XINFO", "GROUPS", key):
            name = dict(zip(group[::2], group[1::2], strict=False))[b"name"]
            for entry, consumer, idle, _ in self.session.raw("XPENDING", key, name, "-", "+", 1000):
                self.session.raw("XCLAIM", key, name, consumer, 0, entry, "IDLE", idle + moved, "JUSTID")


def prepare(request: dict[str, Any]) -> Callable[[str, str], dict[str, Any]]:
    server = Real(request["url"]) if request["url"] else Embedded()
    check, returns = read(request["check"]), request["returns"]

    def once(seed: Seed, commands: list[Command]) -> dict[str, Any]:
        with server.world():
            for command, reply in perform(server.connect(), seed.steps, server):
                if isinstance(reply, Error):
                    raise served.Stopped(f"in the data, `{command.text[:60]}`: {said(reply)}")
            mine, rival = server.connect(), server.connect()
            last = _last_writing(commands)
            replies: list[tuple[Command, Any]] = []
            for place, command in enumerate(commands):
                if place == last:
                    perform(rival, seed.meanwhile, server)
                reply = mine.call(command)
                if isinstance(reply, Error) and reply.startswith(FAULTY):
                    raise served.Broken(f"line {command.line}: {said(reply)}")
                replies.append((command, reply))
            if mine.in_transaction:
                raise served.Stopped(
                    "the transaction is still open at the end, so that nothing in it was done: EXEC is missing"
                )
            if not check:
                return _found(replies, replies[-1:], named=False)
            found = _found(replies, perform(server.connect(), check, server), named=True)
            return found | {"returned": [_value(replies[-1][1])] if returns and replies else []}

    def run(seed: str, program: str) -> dict[str, Any]:
        before, _, meanwhile = seed.partition("# meanwhile\n")
        made = Seed(read(before), read(meanwhile))
        commands = [step for step in read(program) if isinstance(step, Command)]
        for _ in range(3):
            began = time.monotonic()
            found = once(made, commands)
            if not server.real or time.monotonic() - began < SLOW:
                break
        return found

    return run


def perform(connection: Connection, steps: list[Command | Wait], server: Embedded | Real) -> list[tuple[Command, Any]]:
    replies = []
    for step in steps:
        if isinstance(step, Wait):
            server.wait(step.seconds)
        else:
            replies.append((step, connection.call(step)))
    return replies


def _last_writing(commands: list[Command]) -> int:
    writing = [place for place, command in enumerate(commands) if command.name in WRITING]
    return max(writing, default=len(commands) - 1)


def _found(replies: list[tuple[Command, Any]], judged: list[tuple[Command, Any]], *, named: bool) -> dict[str, Any]:
    transcript = "\n".join(line for command, reply in replies for line in (f"> {command.text[:200]}", *shown(reply)))
    parts = []
    for command, reply in judged:
        lines = shown(reply)
        names = [command.text, *[""] * (len(lines) - 1)]
        value = f"{command.text} {_value(reply)}" if named else _value(reply)
        parts.append(
            {
                "value": value,
                "cells": [list(cells) for cells in zip(names, lines, strict=True)]
                if named
                else [[line] for line in lines],
            }
        )
    return {
        "columns": ["command", "reply"] if named else ["reply"],
        "parts": parts,
        "printed": "\n".join(line for _, reply in judged for line in shown(reply)),
        "noun": "replies" if judged else "",
        "transcript": transcript[:4000],
    }


def _value(reply: Any) -> str:
    """Equal for equal replies; ids that a server made after its clock are numbered in order."""
    return "\n".join(shown(reply, most=10**6))


def main() -> None:
    served.main(prepare)

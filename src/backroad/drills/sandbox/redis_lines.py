"""Redis commands as text: taken apart as redis-cli does, allowed or refused, and replies as redis-cli prints them.

Runs inside the child of `redis` drills; only the standard library.
"""

import re
from typing import Any, NamedTuple

from backroad.drills.sandbox import served

MOST_COMMANDS = 300
MOST_LINES = 200
LARGEST_OFFSET = 1_000_000


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


READING = names("""
    BITCOUNT BITPOS DISCARD ECHO EXISTS GEODIST GEOHASH GEOPOS GEOSEARCH GET GETBIT GETRANGE HEXISTS HGET HGETALL HKEYS
    HLEN HMGET HSTRLEN HVALS KEYS LINDEX LLEN LPOS LRANGE MGET MULTI PFCOUNT PING PTTL SCARD SDIFF SINTER SINTERCARD
    SISMEMBER SMEMBERS SMISMEMBER STRLEN SUNION TTL TYPE UNWATCH WATCH XLEN XPENDING XRANGE XREAD XREVRANGE ZCARD
    ZCOUNT ZDIFF ZINTER ZINTERCARD ZLEXCOUNT ZMSCORE ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANK ZREVRANGE
    ZREVRANGEBYSCORE ZREVRANK ZSCORE ZUNION
""")
WRITING = names("""
    APPEND BITFIELD BITOP DECR DECRBY DEL EXEC EXPIRE EXPIREAT GEOADD GETDEL GETEX GETSET HDEL HINCRBY
    HMSET HSET HSETNX INCR INCRBY LINSERT LMOVE LMPOP LPOP LPUSH LPUSHX LREM LSET LTRIM MSET MSETNX PERSIST
    PEXPIRE PEXPIREAT PFADD PFMERGE PSETEX RENAME RENAMENX RPOP RPOPLPUSH RPUSH RPUSHX SADD SDIFFSTORE SET SETBIT SETEX
    SETNX SETRANGE SINTERSTORE SMOVE SREM SUNIONSTORE UNLINK XACK XADD XAUTOCLAIM XCLAIM XDEL XGROUP XREADGROUP XTRIM
    ZADD ZDIFFSTORE ZINCRBY ZINTERSTORE ZMPOP ZPOPMAX ZPOPMIN ZRANGESTORE ZREM ZREMRANGEBYLEX ZREMRANGEBYRANK
    ZREMRANGEBYSCORE ZUNIONSTORE
""")
_REFUSED = {
    "BLPOP BRPOP BLMOVE BRPOPLPUSH BLMPOP BZPOPMIN BZPOPMAX BZMPOP WAIT WAITAOF": "it waits for another client, and "
    "there is none; use one that does not block",
    "FLUSHALL FLUSHDB": "it empties everything; delete keys by name",
    "SELECT MOVE SWAPDB": "there is one database",
    "SPOP SRANDMEMBER HRANDFIELD ZRANDMEMBER RANDOMKEY": "its reply is by chance, so that it cannot be judged",
    "EVAL EVALSHA EVAL_RO EVALSHA_RO FCALL FCALL_RO SCRIPT FUNCTION": "scripts are not contained here; write commands",
    "SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE PUBLISH SPUBLISH PUBSUB": "there is nobody at the other "
    "end",
    "SCAN HSCAN SSCAN ZSCAN": "its cursor differs between servers; read the whole key",
    "INCRBYFLOAT HINCRBYFLOAT": "servers round its fractions differently; count in whole numbers",
    "EXPIRETIME PEXPIRETIME TIME": "the moment is another one at each run; ask for TTL",
    "CONFIG DEBUG SHUTDOWN INFO CLIENT ACL AUTH HELLO RESET QUIT SAVE BGSAVE BGREWRITEAOF LASTSAVE REPLICAOF SLAVEOF "
    "CLUSTER MODULE LATENCY SLOWLOG MEMORY OBJECT COMMAND LOLWUT SYNC PSYNC FAILOVER ROLE MONITOR DBSIZE MIGRATE": "it "
    "is about the server, not about data",
    "SORT SORT_RO LCS COPY DUMP RESTORE XINFO XSETID TOUCH BITFIELD_RO": "no drill needs it",
}
REFUSED = {name: reason for group, reason in _REFUSED.items() for name in names(group)}
WORD = re.compile(r"\S+")
ESCAPES = {"n": 10, "r": 13, "t": 9, "b": 8, "a": 7}
MADE_ID = re.compile(rb"1[0-9]{12}-\d+")
"""Of an entry that `XADD key *` has named after the time."""


class Command(NamedTuple):
    words: list[bytes]
    text: str
    line: int

    @property
    def name(self) -> str:
        return self.words[0].decode("utf-8", "replace").upper()


class Wait(NamedTuple):
    seconds: float


class Error(str):
    """A reply that is an error."""


class Status(str):
    """A reply that is no value, such as OK."""


def read(script: str) -> list[Command | Wait]:
    """One command a line; a line that begins with # is a comment, unless it says to wait."""
    found: list[Command | Wait] = []
    for number, line in enumerate(script.split("\n"), 1):
        text = line.strip()
        if text.startswith("#"):
            waits = re.fullmatch(r"#\s*wait\s+(\d{1,8}(?:\.\d{1,3})?)", text)
            found += [Wait(float(waits[1]))] if waits else []
        elif text:
            found.append(Command(words(text, number), text, number))
        if len(found) > MOST_COMMANDS:
            raise served.Broken(f"there are more than {MOST_COMMANDS} commands")
    return found


def words(text: str, number: int) -> list[bytes]:
    """As redis-cli takes a line apart: "..." with escapes, '...' with \\' only."""
    found: list[bytes] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text[at] in "\"'":
            word, at = _quoted(text, at, number)
            found.append(word)
        else:
            word_found = WORD.match(text, at)
            assert word_found
            found.append(word_found[0].encode())
            at = word_found.end()
            if b'"' in found[-1] or b"'" in found[-1]:
                raise served.Broken(
                    f"line {number}: a quotation mark within `{word_found[0][:40]}`; quote the whole word"
                )
    if found[-1:] and found[0] == b"":
        raise served.Broken(f"line {number}: the name of the command is missing")
    return found


def _quoted(text: str, at: int, number: int) -> tuple[bytes, int]:
    mark = text[at]
    word = bytearray()
    at += 1
    while at < len(text) and text[at] != mark:
        following = text[at + 1 : at + 2]
        if text[at] != "\\" or not following or (mark == "'" and following != "'"):
            word += text[at].encode()
            at += 1
        elif digits := re.match(r"x([0-9a-fA-F]{2})", text[at + 1 : at + 4]):
            word.append(int(digits[1], 16))
            at += 4
        else:
            word += bytes([ESCAPES[following]]) if following in ESCAPES else following.encode()
            at += 2
    if at >= len(text):
        raise served.Broken(f"line {number}: a text in quotes does not end")
    if text[at + 1 : at + 2].strip():
        raise served.Broken(f"line {number}: a space is missing after a closing quotation mark")
    return bytes(word), at + 1


def allow(command: Command) -> None:
    """A `Broken` where a command has no place in a drill."""
    name, where = command.name, f"line {command.line}: "
    upper = [word.upper() for word in command.words]
    if name not in READING and name not in WRITING:
        shown = name[:30]
        reason = REFUSED.get(name)
        raise served.Broken(
            f"{where}`{shown}` cannot be used in a drill: {reason}" if reason else f"{where}unknown command `{shown}`"
        )
    if name in ("XREAD", "XREADGROUP") and b"BLOCK" in upper[:-2]:
        raise served.Broken(f"{where}`BLOCK` cannot be used in a drill: it waits for another client, and there is none")
    if any(word.startswith(b"backroad:") for word in command.words):
        raise served.Broken(f"{where}keys that begin with `backroad:` are ours")
    if name in ("SETBIT", "SETRANGE", "BITFIELD", "GETBIT"):
        for word in command.words[2:]:
            digits = word.lstrip(b"#+-")
            if (
                digits.isdigit()
                and (len(digits) > 20 or int(digits) > LARGEST_OFFSET)
                and word is not command.words[-1]
            ):
                raise served.Broken(f"{where}an offset beyond {LARGEST_OFFSET:,} cannot be used in a drill")
    if name == "KEYS" and len(command.words) == 2 and (command.words[1].count(b"*") > 4 or len(command.words[1]) > 100):
        raise served.Broken(f"{where}a pattern may hold four asterisks in a drill")


def said(error: Error) -> str:
    return error.removeprefix("ERR ").strip().rstrip(".")[:200]


def shown(reply: Any, indent: str = "", most: int = MOST_LINES) -> list[str]:
    """As redis-cli prints it, in lines."""
    if reply is None:
        return ["(nil)"]
    if isinstance(reply, Error):
        return [f"(error) {reply[:300]}"]
    if isinstance(reply, Status):
        return [str(reply)]
    if isinstance(reply, int):
        return [f"(integer) {reply}"]
    if isinstance(reply, bytes):
        return [quoted(reply)]
    if not reply:
        return ["(empty array)"]
    lines: list[str] = []
    width = len(str(len(reply)))
    for number, inner in enumerate(reply, 1):
        head = f"{number:>{width}}) "
        first, *others = shown(inner, most=most)
        lines += [head + first, *(" " * len(head) + line for line in others)]
        if len(lines) > most:
            return [*lines[:most], "…"]
    return lines


def quoted(text: bytes) -> str:
    if MADE_ID.fullmatch(text):
        return '"(an id made of the time)"'
    decoded = text.decode("utf-8", "backslashreplace")
    escaped = decoded.replace("\\", "\\\\") if "\\" not in decoded or b"\\" in text else decoded
    escaped = escaped.replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    escaped = re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\x{ord(found[0]):02x}", escaped)
    return f'"{escaped}"' if len(escaped) <= 10_000 else f'"{escaped[:10_000]}…"'

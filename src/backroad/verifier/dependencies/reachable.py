"""Whether a server answers, in its own protocol."""

import contextlib
import importlib.util
import socket
from typing import Any
from urllib.parse import SplitResult

from backroad.verifier.dependencies.redis_talk import RedisError, RedisTalk
from backroad.verifier.dependencies.sources import EXTRA, Kind, Unavailable

TIMEOUT = 3.0
AMQP = b"AMQP\x00\x00\x09\x01"  # the protocol header of AMQP 0-9-1


def problem(kind: Kind, parts: SplitResult) -> str:
    """Why it cannot be used; empty if it can."""
    if kind == "postgres":
        return _postgres(parts)
    if kind == "redis":
        try:
            talk = RedisTalk.to(parts, timeout=TIMEOUT)
            with contextlib.closing(talk):
                talk.call("PING")
        except RedisError as error:
            return str(error)
        return ""
    return _rabbitmq(parts)


def psycopg() -> Any:
    """The PostgreSQL driver, which only the extra `services` brings."""
    if importlib.util.find_spec("psycopg") is None:
        raise Unavailable("psycopg, with which databases are made, is not installed.", hint=f"Run: {EXTRA}")
    try:
        import psycopg
    except ImportError as error:  # its C library is missing
        raise Unavailable(f"psycopg cannot be used: {error}.", hint=f"Run: {EXTRA}") from None
    return psycopg


def _postgres(parts: SplitResult) -> str:
    driver = psycopg()
    try:
        driver.connect(parts.geturl(), connect_timeout=round(TIMEOUT)).close()
    except driver.Error as error:
        return (str(error).strip().splitlines() or ["it refuses the connection"])[-1].rstrip(".")
    return ""


def _rabbitmq(parts: SplitResult) -> str:
    address = (parts.hostname or "127.0.0.1", parts.port or 5672)
    try:
        with socket.create_connection(address, timeout=TIMEOUT) as sock:
            sock.sendall(AMQP)
            began = sock.recv(8)
    except OSError as error:
        return f"nothing answers at {address[0]}:{address[1]} ({error.strerror or error})"
    return "" if began[:1] == b"\x01" else "what answers does not speak AMQP 0-9-1"

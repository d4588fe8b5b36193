"""Connects to a target, over TLS where it has that, and says in our words why it could not."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import TypeVar

import msgspec

from backroad.verifier.wording import seconds

AnyProtocol = TypeVar("AnyProtocol", bound=asyncio.Protocol)


class Security(msgspec.Struct, frozen=True):
    """TLS, and the name that the certificate must hold."""

    context: ssl.SSLContext
    host: str


class NoReply(Exception):
    """`sent`: the last byte of the request had been handed over."""

    def __init__(self, reason: str, *, sent: bool, before_any_byte: bool = True, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.before_any_byte = before_any_byte
        self.timed_out = timed_out


async def dial(
    make: Callable[[socket.socket], AnyProtocol], address: tuple[str, int], timeout: float,
    security: Security | None = None, *, receive_buffer: int = 0,
) -> AnyProtocol:  # fmt: skip
    """What `make` makes of the socket, connected within `timeout` seconds; else NoReply.

    `receive_buffer`: the bytes that the kernel keeps for a slow reader; 0 leaves that to the kernel.
    """
    loop = asyncio.get_running_loop()
    sock = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        async with asyncio.timeout(max(timeout, 0.001)):
            await loop.sock_connect(sock, address)
            _, protocol = await loop.create_connection(
                lambda: make(sock), sock=sock, ssl=security.context if security else None,
                server_hostname=security.host if security else None,
            )  # fmt: skip
    except TimeoutError:
        sock.close()
        reason = f"did not accept the connection within {seconds(timeout)}"
        raise NoReply(reason, sent=False, timed_out=True) from None
    except ConnectionRefusedError:
        sock.close()
        raise NoReply("refused the connection", sent=False) from None
    except OSError as error:
        sock.close()
        raise NoReply(f"could not be connected to ({error.strerror or error})", sent=False) from None
    except BaseException:
        sock.close()
        raise
    return protocol

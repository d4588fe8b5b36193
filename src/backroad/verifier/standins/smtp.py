"""One SMTP conversation, the server's side."""

import asyncio
import contextlib
import re
import socket
from typing import Protocol

MAX_LINE = 4096
MAX_MAIL = 1 << 20  # bytes
MAX_RECIPIENTS = 100
MAX_ERRORS = 20
IDLE = 300.0  # seconds
PATH = re.compile(r"(?:from|to):\s*<([^<>]*)>(.*)", re.IGNORECASE)


class Sink(Protocol):
    latency: float
    refusal: str

    def take(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> None: ...


class Quit(Exception):
    """The conversation is over."""


class Session:
    def __init__(self, sink: Sink, sock: socket.socket) -> None:
        self._sink = sink
        self._socket = sock
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._errors = 0
        self._greeted = False

    async def run(self) -> None:
        reader, self._writer = await asyncio.open_connection(sock=self._socket, limit=MAX_LINE)
        self._reader = reader
        try:
            with contextlib.suppress(Quit, OSError, TimeoutError, asyncio.IncompleteReadError):
                await self._say("220 backroad mail sink")
                while True:
                    await self._command(await self._line())
        finally:
            self._writer.close()

    async def _line(self) -> bytes:
        try:
            async with asyncio.timeout(IDLE):
                return await self._reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            await self._say("500 5.5.2 line too long")
            raise Quit from None

    async def _say(self, *lines: str) -> None:
        if self._sink.latency:
            await asyncio.sleep(self._sink.latency)
        if lines[0][0] in "45":
            self._errors += 1
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self._writer.drain()
        if self._errors > MAX_ERRORS:
            raise Quit

    async def _command(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").strip()
        verb, _, rest = text.partition(" ")
        match verb.upper():
            case "EHLO":
                self._reset(greeted=True)
                await self._say(
                    "250-backroad", f"250-SIZE {MAX_MAIL}", "250-8BITMIME", "250-SMTPUTF8", "250 PIPELINING"
                )
            case "HELO":
                self._reset(greeted=True)
                await self._say("250 backroad")
            case "MAIL":
                await self._mail(rest)
            case "RCPT":
                await self._rcpt(rest)
            case "DATA":
                await self._data()
            case "RSET":
                self._reset()
                await self._say("250 2.0.0 reset")
            case "NOOP":
                await self._say("250 2.0.0 nothing done")
            case "VRFY":
                await self._say("252 2.1.5 send it and see")
            case "QUIT":
                await self._say("221 2.0.0 goodbye")
                raise Quit
            case "AUTH" | "STARTTLS" | "EXPN" | "HELP":
                await self._say("502 5.5.1 not offered")
            case _:
                await self._say("500 5.5.2 unknown command")

    def _reset(self, *, greeted: bool = False) -> None:
        self._sender, self._recipients = None, []
        self._greeted = self._greeted or greeted

    async def _mail(self, rest: str) -> None:
        found = PATH.match(rest) if rest.lower().startswith("from:") else None
        if not self._greeted:
            await self._say("503 5.5.1 say EHLO first")
        elif self._sender is not None:
            await self._say("503 5.5.1 one sender at a time")
        elif found is None:
            await self._say("501 5.5.4 MAIL FROM:<address>")
        elif (size := re.search(r"\bSIZE=(\d{1,15})", found[2], re.IGNORECASE)) and int(size[1]) > MAX_MAIL:
            await self._say("552 5.3.4 too big")
        else:
            self._sender = found[1]
            await self._say("250 2.1.0 sender taken")

    async def _rcpt(self, rest: str) -> None:
        found = PATH.match(rest) if rest.lower().startswith("to:") else None
        if self._sender is None:
            await self._say("503 5.5.1 say MAIL first")
        elif found is None or not found[1]:
            await self._say("501 5.5.4 RCPT TO:<address>")
        elif self._sink.refusal:
            await self._say(self._sink.refusal)
        elif len(self._recipients) >= MAX_RECIPIENTS:
            await self._say("452 4.5.3 too many recipients")
        else:
            self._recipients.append(found[1])
            await self._say("250 2.1.5 recipient taken")

    async def _data(self) -> None:
        if self._sender is None or not self._recipients:
            await self._say("503 5.5.1 say MAIL and RCPT first")
            return
        await self._say("354 end with a dot on a line of its own")
        raw = await self._content()
        if raw is None:
            self._reset()
            await self._say("552 5.3.4 too big")
            return
        self._sink.take(self._sender, tuple(self._recipients), raw)
        self._reset()
        await self._say("250 2.0.0 taken")

    async def _content(self) -> bytes | None:
        """None if it is too big; read to its end all the same."""
        content = bytearray()
        size = 0
        while (line := await self._line()) not in (b".\r\n", b".\n"):
            line = line[1:] if line.startswith(b".") else line
            size += len(line)
            if size <= MAX_MAIL:
                content += line
        return bytes(content) if size <= MAX_MAIL else None

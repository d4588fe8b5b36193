"""A mail server that keeps what it is given: SMTP without TLS, on the loopback interface.

EHLO, HELO, MAIL, RCPT, DATA, RSET, NOOP, VRFY and QUIT of RFC 5321, with SIZE, 8BITMIME, SMTPUTF8 and PIPELINING.
STARTTLS and AUTH are not offered.
"""

import asyncio
import re
import socket
import time
from collections import deque
from collections.abc import Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape

import msgspec

from backroad.verifier.dependencies.conditions import Fault
from backroad.verifier.dependencies.listener import Listener
from backroad.verifier.standins.smtp import Session

KEPT_MAILS = 1000
LINK = re.compile(r"https?://[^\s<>\"']+")
CODE = re.compile(r"(?<![\w/.#=-])\d{4,8}(?![\w/-])")


class Mail(msgspec.Struct, frozen=True):
    sender: str  # of the envelope, as are the recipients
    recipients: tuple[str, ...]
    raw: bytes
    at: float  # seconds on time.perf_counter()

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def subject(self) -> str:
        return str(self.message["subject"] or "")

    @property
    def text(self) -> str:
        """Its plain text, or its HTML where it has no other; never an error, however broken it is."""
        part = self.message.get_body(("plain", "html"))
        if part is None:
            return ""
        try:
            text = str(part.get_content())
        except (LookupError, ValueError):
            payload = part.get_payload(decode=True)
            text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
        return text.replace("\r\n", "\n")

    @property
    def links(self) -> list[str]:
        """URLs of all text parts, in order, each once."""
        found: list[str] = []
        for part in self.message.walk():
            if part.get_content_maintype() == "text":
                payload = part.get_payload(decode=True)
                text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
                text = unescape(text) if part.get_content_subtype() == "html" else text
                found += [link.rstrip(".,;:!?)]") for link in LINK.findall(text)]
        return list(dict.fromkeys(found))

    @property
    def codes(self) -> list[str]:
        """Numbers of four to eight digits that stand alone, outside of links."""
        return CODE.findall(LINK.sub(" ", self.text))


class MailSink:
    name = "mail"

    def __init__(self, *, seed: str = "") -> None:
        self.mails: deque[Mail] = deque(maxlen=KEPT_MAILS)  # the latest
        self.count = 0  # ever taken
        self.connections = 0
        self.latency = 0.0  # seconds before each answer
        self.refusal = ""  # answer to each recipient, "450 4.2.1 try later" say; empty: they are taken
        self._listener = Listener(self._accepted)
        self._sessions: set[asyncio.Task[None]] = set()
        self._arrived = asyncio.Event()

    async def open(self) -> "MailSink":
        self._listener.open()
        return self

    async def close(self) -> None:
        self._listener.close()
        await self._end_sessions()

    async def __aenter__(self) -> "MailSink":
        return await self.open()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def port(self) -> int:
        return self._listener.port

    def environment(self) -> Mapping[str, str]:
        return {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(self.port), "SMTP_URL": f"smtp://127.0.0.1:{self.port}"}

    def to(self, address: str) -> list[Mail]:
        wanted = address.casefold()
        return [mail for mail in self.mails if wanted in (one.casefold() for one in mail.recipients)]

    async def wait_for(self, *, to: str, within: float = 5.0, count: int = 1) -> Mail | None:
        """The `count`-th of the mails kept for an address; None if it does not come within so many seconds."""
        deadline = time.perf_counter() + within
        while len(found := self.to(to)) < count:
            self._arrived.clear()
            try:
                async with asyncio.timeout(max(0.0, deadline - time.perf_counter())):
                    await self._arrived.wait()
            except TimeoutError:
                return None
        return found[count - 1]

    def clear(self) -> None:
        self.mails.clear()

    def slow(self, seconds: float) -> Fault:
        """Before each answer of the conversation, of which a mail needs five or six."""
        self.latency = seconds
        return Fault(lambda _: setattr(self, "latency", 0.0), {})

    def wrong(self, answer: str = "554 5.3.0 made to fail by Backroad") -> Fault:
        """Refuse every recipient: 5xx for good, 4xx for now."""
        if not re.fullmatch(r"[45]\d\d [\x20-\x7e]{1,200}", answer):
            raise ValueError(f"{answer!r} is no negative SMTP answer")
        self.refusal = answer
        return Fault(lambda _: setattr(self, "refusal", ""), {})

    def limit(self) -> Fault:
        """Refuse every recipient for now, as a server does that was sent too much."""
        return self.wrong("451 4.7.1 too many messages, try again later")

    def down(self) -> Fault:
        """Open connections end, new ones are refused."""
        self._listener.refuse()
        for task in self._sessions:
            task.cancel()
        return Fault(lambda _: self._listener.accept(), {})

    def restore(self) -> None:
        self.latency, self.refusal = 0.0, ""
        self._listener.accept()

    def take(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> None:
        self.mails.append(Mail(sender, recipients, raw, time.perf_counter()))
        self.count += 1
        self._arrived.set()

    def _accepted(self, sock: socket.socket) -> None:
        self.connections += 1
        task = asyncio.get_running_loop().create_task(Session(self, sock).run())
        self._sessions.add(task)
        task.add_done_callback(self._sessions.discard)

    async def _end_sessions(self) -> None:
        tasks = list(self._sessions)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

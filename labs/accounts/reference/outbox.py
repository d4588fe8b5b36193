"""Mails to be sent: kept with the change that caused them, and sent until the mail server has them."""

import asyncio
import contextlib
import logging
import smtplib
import sqlite3
from email.message import EmailMessage

import msgspec
from database import Database
from rules import now

log = logging.getLogger(__name__)
POLL, CLAIM, LONGEST = 0.5, 5_000, 10_000  # seconds; milliseconds for one try, and between two
TRIES = 400
SENDER = "accounts@example.com"


class Mail(msgspec.Struct, frozen=True):
    id: int
    recipient: str
    subject: str
    body: str
    tries: int


def add(db: sqlite3.Connection, recipient: str, subject: str, body: str) -> None:
    """In the caller's transaction, so that there is never the one without the other."""
    db.execute(
        "INSERT INTO outbox (recipient, subject, body, due_at) VALUES (?, ?, ?, ?)", (recipient, subject, body, now())
    )


def claim(db: sqlite3.Connection) -> Mail | None:
    """The next mail that is due; nobody else gets it for a while."""
    row = db.execute(
        "UPDATE outbox SET due_at = ?, tries = tries + 1"
        " WHERE id = (SELECT id FROM outbox WHERE due_at <= ? ORDER BY due_at LIMIT 1)"
        " RETURNING id, recipient, subject, body, tries",
        (now() + CLAIM, now()),
    ).fetchone()
    return Mail(*row) if row else None


def sent(db: sqlite3.Connection, mail: Mail) -> None:
    db.execute("DELETE FROM outbox WHERE id = ?", (mail.id,))


def put_back(db: sqlite3.Connection, mail: Mail) -> None:
    """Later each time; after about an hour it is given up."""
    if mail.tries >= TRIES:
        sent(db, mail)
        return
    wait = min(LONGEST, 500 * 2**mail.tries)
    db.execute("UPDATE outbox SET due_at = ? WHERE id = ?", (now() + wait, mail.id))


class Postman:
    """Sends what is in the outbox, for as long as the process lives."""

    def __init__(self, database: Database, host: str, port: int) -> None:
        self._database = database
        self._address = host, port
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """There is something new."""
        self._rung.set()

    async def work(self) -> None:
        while True:
            while mail := await self._database.run(claim):
                await self._deliver(mail)
            self._rung.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await self._rung.wait()

    async def _deliver(self, mail: Mail) -> None:
        try:
            await asyncio.to_thread(self._send, mail)
        except (OSError, ValueError, smtplib.SMTPException) as error:
            log.warning("mail %d was not taken: %s", mail.id, type(error).__name__)
            await self._database.run(put_back, mail)
        else:
            await self._database.run(sent, mail)

    def _send(self, mail: Mail) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = SENDER, mail.recipient, mail.subject
        message.set_content(mail.body)
        with smtplib.SMTP(*self._address, timeout=2) as smtp:
            smtp.send_message(message)

"""Mail: one short plain text at a time, over SMTP or, to try things out, into a folder."""

import secrets
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from urllib.parse import unquote, urlsplit

import structlog

from backroad.kit import clock
from backroad.kit.metrics import count_mail

log = structlog.get_logger()
SECONDS = 10
"""That a mail server may take for one step."""


class Mailer:
    """Sends mail in plain calls that take as long as the server does: call it on a thread."""

    def __init__(self, url: str, sender: str) -> None:
        self.url = urlsplit(url)
        self.sender = sender

    def send(self, to: str, subject: str, text: str) -> bool:
        """Whether it went out. A mail server that is away must not break what the mail is about: it is logged."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, to, subject
        message["Date"] = format_datetime(clock.now())
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2] or "localhost")
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        try:
            self._deliver(message)
        except (OSError, smtplib.SMTPException) as error:
            log.error("mail not sent", subject=subject, reason=f"{type(error).__name__}: {error}")
            count_mail(sent=False)
            return False
        count_mail(sent=True)
        return True

    def _deliver(self, message: EmailMessage) -> None:
        if self.url.scheme == "file":
            folder = Path(self.url.path)
            folder.mkdir(parents=True, exist_ok=True)
            name = f"{clock.now():%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}.eml"
            (folder / name).write_bytes(bytes(message))
            return
        host, tls = self.url.hostname or "", ssl.create_default_context()
        if self.url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, self.url.port or 465, timeout=SECONDS, context=tls)
        else:
            server = smtplib.SMTP(host, self.url.port or 25, timeout=SECONDS)
        with server:
            server.ehlo()
            if self.url.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=tls)
                server.ehlo()
            if self.url.username:
                server.login(unquote(self.url.username), unquote(self.url.password or ""))
            server.send_message(message)

import asyncio
import smtplib
import time
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backroad.verifier.standins.mail import Mail, MailSink
from tests.verifier.dependencies.servers import connected, run


def letter(to: str = "alice@example.test", text: str = "Your code is 482913.") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "app@example.test", to, "Bestätige"
    message.set_content(text)
    return message


async def send(sink: MailSink, *messages: EmailMessage) -> None:
    def work() -> None:
        with smtplib.SMTP("127.0.0.1", sink.port, timeout=5) as smtp:
            for message in messages:
                smtp.send_message(message)

    await asyncio.to_thread(work)


def test_mails_are_kept_by_recipient():
    async def work() -> None:
        began = time.perf_counter()
        async with MailSink() as sink:
            assert time.perf_counter() - began < 0.05
            text = "Grüße.\n.a line with a dot\nhttps://app.example.test/confirm?token=1234567&x=1.\n"
            await send(sink, letter("Bob@example.test", text), letter())
            mail = await sink.wait_for(to="bob@example.test", within=1)
            assert mail is not None
            assert (mail.sender, mail.recipients) == ("app@example.test", ("Bob@example.test",))
            assert (mail.subject, mail.text) == ("Bestätige", text)
            assert mail.links == ["https://app.example.test/confirm?token=1234567&x=1"]
            assert (mail.codes, sink.to("alice@example.test")[0].codes) == ([], ["482913"])
            assert (sink.count, sink.connections) == (2, 1)
            assert await sink.wait_for(to="carol@example.test", within=0.02) is None

    run(work())


def test_waiting_for_a_mail_that_is_yet_to_come():
    async def work() -> None:
        async with MailSink() as sink:
            waiting = asyncio.ensure_future(sink.wait_for(to="alice@example.test", within=2, count=2))
            await send(sink, letter())
            await asyncio.sleep(0.01)
            assert not waiting.done()
            await send(sink, letter(text="second"))
            mail = await waiting
            assert mail is not None
            assert mail.text == "second\n"

    run(work())


def test_links_of_html_mails():
    message = letter()
    message.add_alternative('<a href="https://app.example.test/reset?a=1&amp;b=2">Reset</a>', subtype="html")
    mail = Mail("a@example.test", ("b@example.test",), message.as_bytes(), 0.0)
    assert mail.links == ["https://app.example.test/reset?a=1&b=2"]


def test_refusing_limiting_slow_and_down():
    async def work() -> None:
        async with MailSink() as sink:
            async with sink.wrong():
                with pytest.raises(smtplib.SMTPRecipientsRefused):
                    await send(sink, letter())
            async with sink.limit():
                with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                    await send(sink, letter())
                assert refused.value.recipients["alice@example.test"][0] == 451
            async with sink.slow(0.03):
                began = time.perf_counter()
                await send(sink, letter())
                assert time.perf_counter() - began > 0.15
            async with sink.down():
                with pytest.raises(ConnectionRefusedError):
                    await send(sink, letter())
            await send(sink, letter())
            assert sink.count == 2

    run(work())


async def talk(sink: MailSink, data: bytes) -> list[str]:
    """Codes of the answers to these bytes and the end of input."""
    async with connected(sink.port) as (reader, writer):
        writer.write(data)
        writer.write_eof()
        return [line[:3].decode() for line in (await reader.read()).splitlines() if line[3:4] == b" "]


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        (b"MAIL FROM:<a@b>\r\nEHLO x\r\nRCPT TO:<a@b>\r\nDATA\r\nQUIT\r\n", "220 503 250 503 503 221"),
        (b"EHLO x\r\nMAIL FROM:a\r\nMAIL FROM:<>\r\nMAIL FROM:<c@d>\r\nRSET\r\n", "220 250 501 250 503 250"),
        (b"HELO x\r\nMAIL FROM:<a@b> SIZE=99999999\r\nSTARTTLS\r\nAUTH PLAIN x\r\n", "220 250 552 502 502"),
        (b"NOOP\r\nVRFY a\r\nWHAT\r\n\xff\xfe\r\n", "220 250 252 500 500"),
        (b"x" * 10_000, "220 500"),
        (b"BAD\r\n" * 50, "220" + " 500" * 21),
        (b"EHLO x\nMAIL FROM:<a@b>\nRCPT TO:<c@d>\nDATA\nhello\n.\n", "220 250 250 250 354 250"),
    ],
    ids=range(7),
)
def test_conversations(said: bytes, codes: str):
    async def work() -> None:
        async with MailSink() as sink:
            assert await talk(sink, said) == codes.split()

    run(work())


def test_a_mail_that_is_too_big_is_not_kept():
    async def work() -> None:
        async with MailSink() as sink:
            head = b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"
            body = (b"x" * 998 + b"\r\n") * 1100 + b".\r\n"
            assert (await talk(sink, head + body))[-1] == "552"
            assert sink.count == 0

    run(work())


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=400))
def test_no_mail_is_too_broken_to_be_looked_at(raw: bytes):
    mail = Mail("a@b", ("c@d",), b"Content-Type: text/plain; charset=x\r\n" + raw, 0.0)
    assert isinstance((mail.subject, mail.text, mail.links, mail.codes), tuple)

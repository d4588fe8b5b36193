"""Asking other servers: within seconds, for small JSON documents, and from the addresses that were agreed on alone."""

import asyncio
import functools
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2
import msgspec
import structlog

from backroad.kit.errors import Problem

log = structlog.get_logger()
SECONDS = 8.0
"""For one answer, to its last byte."""
LARGEST = 1_000_000
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Elsewhere(Problem):
    """Another server does not do its part. People are told that much; the log says what it was."""

    def __init__(self, title: str, reason: str) -> None:
        log.warning("sign-in elsewhere failed", provider=title, reason=reason)
        super().__init__(
            f"{title[:1].upper()}{title[1:]} could not tell us who you are.",
            "Try again in a moment, or sign in another way.",
            status=502,
        )


def is_sound(url: object) -> bool:
    """Over TLS; without it only on this machine, to try things out."""
    if not isinstance(url, str) or len(url) > 500:
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.username or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)


@functools.cache
def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context()


async def ask(
    title: str,
    method: str,
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    basic: tuple[str, str] | None = None,
) -> tuple[int, Any]:
    """Status and JSON document of an answer. Redirects are not followed: a secret would travel on with them."""
    if not is_sound(url):
        raise Elsewhere(title, f"{url[:200]!r} is no https address")
    try:
        async with (
            asyncio.timeout(SECONDS),
            httpx2.AsyncClient(verify=_certificates(), timeout=SECONDS, follow_redirects=False) as client,
            client.stream(
                method,
                url,
                data=form,
                headers={"accept": "application/json", "user-agent": "Backroad", **(headers or {})},
                auth=basic,
            ) as answer,
        ):
            body = bytearray()
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise Elsewhere(title, f"{_where(url)} answered with more than {LARGEST:,} bytes")
            return answer.status_code, msgspec.json.decode(bytes(body))
    except TimeoutError:
        raise Elsewhere(title, f"{_where(url)} took longer than {SECONDS:g} s") from None
    except httpx2.HTTPError as error:
        raise Elsewhere(title, f"{_where(url)}: {type(error).__name__}: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Elsewhere(title, f"{_where(url)} answered with something else than JSON") from None


def _where(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


async def ask_well(title: str, method: str, url: str, **more: Any) -> Any:
    """The document of an answer that must be a success and, unless it is a list, an object."""
    status, document = await ask(title, method, url, **more)
    if status != 200 or not isinstance(document, dict | list):
        raise Elsewhere(title, f"{_where(url)} answered {status}{_said(document)}")
    return document


def _said(document: Any) -> str:
    """An OAuth error, as far as it goes into a log."""
    error = document.get("error") if isinstance(document, dict) else None
    return f" ({error[:80]})" if isinstance(error, str) else ""

"""Where a target is that runs already: its addresses, whether TLS leads there, and whether it may be tested."""

import ssl
from urllib.parse import urlsplit

import msgspec

from backroad.verifier.config import Server, is_loopback, loopback_addresses, resolve
from backroad.verifier.connection import Connection
from backroad.verifier.dial import NoReply, Security
from backroad.verifier.errors import StartFailed
from backroad.verifier.exchange import Request
from backroad.verifier.reply import Reply

CHALLENGE = "/.well-known/backroad.txt"
PORTS = {"http": 80, "https": 443}
PATIENCE = 10.0  # seconds for the challenge


class Location(msgspec.Struct, frozen=True):
    netloc: str
    base_url: str
    addresses: tuple[tuple[str, int], ...]
    security: Security | None  # for TLS

    @classmethod
    def of(cls, server: Server) -> "Location":
        parts = urlsplit(server.url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        addresses = resolve(host, port) if host == server.allow else loopback_addresses(host, port)
        security = Security(trust(host), host) if parts.scheme == "https" else None
        return cls(parts.netloc, f"{parts.scheme}://{parts.netloc}", tuple(addresses), security)


def trust(host: str) -> ssl.SSLContext:
    """On this machine any certificate will do, as nobody is in between; elsewhere one that the system trusts."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    if is_loopback(host):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def need_permission(location: Location, address: tuple[str, int], challenge: str) -> None:
    """A server elsewhere is tested only if it serves the line that this machine made up: whoever runs it agrees."""
    try:
        reply = await fetch(location, address)
    except NoReply as lost:
        raise StartFailed(f"{location.base_url}{CHALLENGE} could not be read: it {lost.reason}.") from None
    if reply.status != 200 or reply.body.decode("utf-8", "replace").strip() != challenge:
        raise StartFailed(
            f"{location.base_url} does not say that it may be tested: {CHALLENGE} answered {reply.status}"
            f"{', with other text' if reply.status == 200 else ''}.",
            hint=f"If it is yours, serve this one line there as text: {challenge}",
        )


async def fetch(location: Location, address: tuple[str, int]) -> Reply:
    connection = await Connection.open(address, 0, PATIENCE, location.security)
    try:
        head, body = Request("GET", CHALLENGE, {"Connection": "close"}).encode(location.netloc)
        return await connection.roundtrip(
            head, body, head_only=False, timeout=PATIENCE, shown=PATIENCE, max_body=64 << 10
        )
    finally:
        connection.close()

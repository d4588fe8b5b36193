"""Where a real PostgreSQL, Redis or RabbitMQ comes from: configured, from Docker, or installed with pip."""

import asyncio
import os
from collections.abc import Callable, Mapping
from typing import Literal, get_args
from urllib.parse import SplitResult, urlsplit

import msgspec

from backroad.verifier.errors import VerifierError

Kind = Literal["postgres", "redis", "rabbitmq"]
KINDS: tuple[Kind, ...] = get_args(Kind)
NAMES: Mapping[Kind, str] = {"postgres": "PostgreSQL", "redis": "Redis", "rabbitmq": "RabbitMQ"}
VARIABLES: Mapping[Kind, str] = {kind: f"BACKROAD_{kind.upper()}_URL" for kind in KINDS}
EXAMPLES: Mapping[Kind, str] = {
    "postgres": "postgresql://user:password@127.0.0.1:5432/postgres",
    "redis": "redis://127.0.0.1:6379",
    "rabbitmq": "amqp://guest:guest@127.0.0.1:5672",
}
SCHEMES: Mapping[Kind, tuple[str, ...]] = {
    "postgres": ("postgresql", "postgres"),
    "redis": ("redis",),
    "rabbitmq": ("amqp",),
}
PORTS: Mapping[Kind, int] = {"postgres": 5432, "redis": 6379, "rabbitmq": 5672}
EXTRA = 'pip install "backroad[services]"'


class Unavailable(VerifierError):
    """A dependency is not there: the sentence says why, the hint what would help."""


class Server(msgspec.Struct, frozen=True):
    """A running server, ours or lent; `url` holds the credentials of someone who may create a database."""

    kind: Kind
    origin: Literal["configured", "Docker", "installed"]
    url: str
    end: Callable[[], None]

    @property
    def lent(self) -> bool:
        """It holds the data of others."""
        return self.origin == "configured"

    @property
    def parts(self) -> SplitResult:
        return urlsplit(self.url)

    @property
    def address(self) -> tuple[str, int]:
        return self.parts.hostname or "127.0.0.1", self.parts.port or PORTS[self.kind]


async def find_server(kind: Kind, environ: Mapping[str, str] = os.environ) -> Server:
    """The first that works of: configured, Docker, installed. A configured one that does not work is not replaced."""
    return await asyncio.to_thread(find_server_now, kind, environ)


def find_server_now(kind: Kind, environ: Mapping[str, str] = os.environ) -> Server:
    from backroad.verifier.dependencies import docker, installed

    if url := environ.get(VARIABLES[kind], ""):
        check_url(kind, url)
        return Server(kind, "configured", url, lambda: None)
    tried = []
    for origin, start in (("Docker", docker.start), ("pip", installed.start)):
        try:
            return start(kind)
        except Unavailable as error:
            tried.append(f"{origin}: {error.sentence.rstrip('.')}")
    hint = f"Set {VARIABLES[kind]}, for example to {EXAMPLES[kind]}, or start Docker"
    raise Unavailable(
        f"There is no {NAMES[kind]} ({'; '.join(tried)}).",
        hint=f"{hint}." if kind == "rabbitmq" else f"{hint}, or run: {EXTRA}",
    )


def check_url(kind: Kind, url: str) -> None:
    name = VARIABLES[kind]
    hint = f"For example {EXAMPLES[kind]}."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Unavailable(f"{name} is not a URL: {error}.", hint=hint) from None
    if parts.scheme in ("rediss", "amqps") or any(
        word in parts.query for word in ("sslmode=require", "sslmode=verify")
    ):
        raise Unavailable(
            f"{name} asks for TLS, through which the proxy cannot look.", hint="Give an address without it."
        )
    if parts.scheme not in SCHEMES[kind] or not parts.hostname or port == 0:
        raise Unavailable(f"{name} is not a {SCHEMES[kind][0]}:// URL with a host.", hint=hint)

"""What the environment says. Every problem is told at once, by the name of the setting and never by its value."""

import os
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict
from rules import WEB

Networks = tuple[IPv4Network | IPv6Network, ...]


class Misconfigured(Exception):
    """What is wrong: a sentence for each setting."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    host: str
    port: int
    base_url: str  # without a final slash
    database_url: str
    trusted_proxies: Networks  # whose X-Forwarded-For is believed


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    found = Environment(environ)
    host = found.read("HOST", host_name, "127.0.0.1")
    port = found.read("PORT", whole, "8000")
    base_url = found.read("BASE_URL", web_url, f"http://127.0.0.1:{port or 8000}")
    proxies = found.read("TRUSTED_PROXIES", networks, "")
    database_url = found.database_url()
    if found.problems:
        raise Misconfigured(found.problems)
    return Settings(host=host, port=port, base_url=base_url, database_url=database_url, trusted_proxies=proxies)


def read_database_url(environ: Mapping[str, str] = os.environ) -> str:
    """All that manage.py needs."""
    found = Environment(environ)
    url = found.database_url()
    if found.problems:
        raise Misconfigured(found.problems)
    return url


class Environment:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def read(self, name: str, parse: Callable[[str], Any], otherwise: str) -> Any:
        """A variable that is set to nothing counts as not set: that is what `${PORT}` leaves behind."""
        return self.judge(name, parse, self.environ.get(name) or otherwise)

    def database_url(self) -> str:
        """From DATABASE_URL, or from a file: secrets that are mounted show up in no `docker inspect`."""
        url, path = self.environ.get("DATABASE_URL"), self.environ.get("DATABASE_URL_FILE")
        if url and path:
            self.problems.append("DATABASE_URL and DATABASE_URL_FILE are both set; one is enough.")
            return ""
        if path:
            return str(self.judge("DATABASE_URL_FILE", lambda name: connection(contents(name)), path))
        return str(self.judge("DATABASE_URL", connection, url or ""))

    def judge(self, name: str, parse: Callable[[str], Any], value: str) -> Any:
        try:
            return parse(value)
        except ValueError as error:
            self.problems.append(f"{name} {error}.")
            return ""


def host_name(value: str) -> str:
    if not value.isprintable() or " " in value:
        raise ValueError("must be an address to listen on, such as 0.0.0.0")
    return value


def whole(value: str) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) <= 5 and 1 <= int(value) <= 65535):
        raise ValueError("must be a port from 1 to 65535")
    return int(value)


def web_url(value: str) -> str:
    if not WEB.fullmatch(value) or value.endswith("/") or "?" in value or "#" in value:
        raise ValueError("must be an http:// or https:// URL without a final slash")
    return value


def networks(value: str) -> Networks:
    try:
        return tuple(ip_network(one.strip()) for one in value.split(",") if one.strip())
    except ValueError:
        raise ValueError("must be networks such as 10.0.0.0/8, with commas between them") from None


def connection(value: str) -> str:
    if not value:
        raise ValueError("is not set")
    try:
        parts = conninfo_to_dict(value) if value.startswith(("postgresql://", "postgres://")) else {}
    except (psycopg.Error, ValueError):
        parts = {}
    port = str(parts.get("port", "5432"))
    if not parts.get("host") or not parts.get("dbname") or not (port.isdecimal() and 1 <= int(port) <= 65535):
        raise ValueError("must look like postgresql://user:password@host:5432/name")  # none of it is repeated
    return value


def contents(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        raise ValueError("names a file that cannot be read") from None

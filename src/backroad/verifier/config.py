"""backroad.toml: which lab, and how to start or reach the target."""

import ipaddress
import re
import shlex
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from backroad.verifier.errors import VerifierError
from backroad.verifier.openapi.hints import Hints, read_hints
from backroad.verifier.toml_table import Table

FILE = "backroad.toml"
FILE_PLACE = "{file}"
COMMANDS = {"migrate": False, "backup": True, "restore": True, "build": False}
"""Commands that may be named besides `start` -> whether they are given a file. `build` is for graders: see
docs/grading.md."""
PART_NAME = re.compile(r"[a-z][a-z0-9-]*")
LOOPBACK_ONLY = (
    "Backroad tests only servers on this machine (127.0.0.0/8, ::1, localhost), or with --url and --allow HOST one "
    "that agrees to it."
)


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """How to start the target (`start`), or where it runs already (`url`)."""

    start: str = ""
    url: str = ""
    ready: str = ""  # path to ask until it answers; empty: the port accepts a connection
    ready_seconds: float = 20
    stop_seconds: float = 10  # between SIGTERM and SIGKILL
    env: dict[str, str] = {}
    allow: str = ""  # a host off this machine that may be tested, if it serves the challenge
    challenge: str = ""
    parts: dict[str, str] = {}  # name -> command of a further process, started before `start`
    commands: dict[str, str] = {}  # one of COMMANDS -> what does it; `migrate` runs before the first start


class Config(msgspec.Struct, frozen=True, kw_only=True):
    folder: Path
    server: Server
    lab: str = ""
    app: str = ""  # the lab whose contract the target honours, where `lab` takes any
    openapi: Hints = Hints()  # for an API without a lab


def read_config(path: Path) -> Config:
    """From backroad.toml, or from a folder that holds one."""
    file = path / FILE if path.is_dir() else path
    table = Table.read(file)
    lab = table.text("lab", "")
    app = table.text("app", "")
    server = read_server(table.table("server", optional=True), table.text("url", ""))
    hints = read_hints(table.table("openapi", optional=True))
    table.finish()
    return Config(folder=file.parent.resolve(), server=server, lab=lab, app=app, openapi=hints)


def read_server(table: Table, url: str) -> Server:
    server = Server(
        start=table.text("start", ""),
        url=table.text("url", url),
        ready=table.text("ready", ""),
        ready_seconds=table.number("ready_seconds", 20),
        stop_seconds=table.number("stop_seconds", 10),
        env=read_env(table.table("env", optional=True)),
        parts=read_parts(table.table("parts", optional=True)),
        commands=read_commands(table.table("commands", optional=True)),
    )
    table.finish()
    if bool(server.start) == bool(server.url):
        problem = "and url cannot both be given" if server.start else "is missing"
        raise table.error("start", problem, hint='Give start = "command that runs your server", or url instead.')
    if server.url:
        try:
            check_url(server.url)
        except VerifierError as error:
            raise VerifierError(f"{table.path}: {error.sentence}", hint=error.hint) from None
    elif not split_command(server.start):
        raise table.error("start", f"cannot be read as a command: {server.start}", hint="Check its quotes.")
    if server.url and (server.parts or server.commands):
        key = "parts" if server.parts else "commands"
        raise table.error(key, "and url cannot both be given", hint="Backroad runs these beside a server it starts.")
    if server.ready and not server.ready.startswith("/"):
        raise table.error("ready", 'must be a path such as "/healthz"')
    return server


def read_env(table: Table) -> dict[str, str]:
    return {key: table.text(key, "") for key in table.keys()}  # noqa: SIM118  Table is no dict


def read_parts(table: Table) -> dict[str, str]:
    """Name -> command. A name becomes part of a variable: PART_PORT_<NAME>."""
    parts = {name: table.text(name) for name in table.keys()}  # noqa: SIM118  Table is no dict
    for name, command in parts.items():
        if not PART_NAME.fullmatch(name):
            raise table.error(name, "is no name of a part", hint="Use lower-case letters, digits and -.")
        if not split_command(command):
            raise table.error(name, f"cannot be read as a command: {command}", hint="Check its quotes.")
    return parts


def read_commands(table: Table) -> dict[str, str]:
    commands = {name: table.text(name) for name in table.keys()}  # noqa: SIM118  Table is no dict
    for name, command in commands.items():
        if name not in COMMANDS:
            raise table.error(name, "is no command that Backroad knows", hint=f"There are {', '.join(COMMANDS)}.")
        if not split_command(command):
            raise table.error(name, f"cannot be read as a command: {command}", hint="Check its quotes.")
        if COMMANDS[name] and FILE_PLACE not in command:
            raise table.error(name, f"does not say where the file goes: {command}", hint=f"Write {FILE_PLACE} there.")
    return commands


def url_config(url: str, *, folder: Path | None = None, allow: str = "", challenge: str = "") -> Config:
    """For a target that runs already: on this machine, or on the one other host that is allowed."""
    check_url(url, allow=allow)
    return Config(folder=folder or Path.cwd(), server=Server(url=url, allow=allow, challenge=challenge))


def check_url(url: str, *, allow: str = "") -> None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise VerifierError(f"{url} is not a URL: {error}.") from None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise VerifierError(f"{url} is no http:// or https:// URL with a host.", hint="Like http://127.0.0.1:8000.")
    if parts.username is not None or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise VerifierError(f"{url} holds more than scheme, host and port.", hint="For example http://127.0.0.1:8000.")
    if not is_loopback(host) and host != allow:
        raise VerifierError(f"{url} is not on this machine.", hint=LOOPBACK_ONLY)


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def loopback_addresses(host: str, port: int) -> list[tuple[str, int]]:
    """What a name stands for; refuses names that lead off this machine."""
    found = resolve(host, port)
    if not all(is_loopback(address) for address, _ in found):
        raise VerifierError(f"The name {host} leads off this machine.", hint=LOOPBACK_ONLY)
    return found


def resolve(host: str, port: int) -> list[tuple[str, int]]:
    try:
        found = [(str(info[4][0]), port) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except OSError as error:
        raise VerifierError(f"The name {host} cannot be resolved: {error}.") from None
    return list(dict.fromkeys(found))


def split_command(start: str) -> list[str]:
    """Words of the start command, no shell; empty if its quotes do not match."""
    try:
        return [word.replace("{python}", sys.executable) for word in shlex.split(start)]
    except ValueError:
        return []

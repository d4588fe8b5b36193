"""What can be set from outside, all of it by environment variables, checked together at start.

`SETTINGS` is the table that the documentation is made of. Each variable may be given as a file instead: with
`BACKROAD_SECRET_KEY_FILE` the value is what stands in that file, as secrets are mounted into containers.
"""

import difflib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import msgspec

from backroad.kit.db import sqlite_url
from backroad.kit.errors import Problem
from backroad.kit.paths import home_dir

DEFAULT_PORT = 8321
Mode = Literal["local", "server"]
STORES = {
    "BACKROAD_DRILL_MONGODB_URL": ("mongodb", "mongodb+srv"),
    "BACKROAD_DRILL_POSTGRESQL_URL": ("postgresql", "postgres"),
    "BACKROAD_DRILL_REDIS_URL": ("redis",),
}
"""Variable of a server that drills use instead of an embedded one -> schemes of its URL."""
LEAST_SECRET = 32


class Settings(msgspec.Struct, frozen=True):
    home: Path
    """Where the learner's data lies: the database, and in `content` what they wrote themselves."""
    port: int = DEFAULT_PORT
    """The port that is listened on."""
    mode: Mode = "local"
    host: str = "127.0.0.1"
    workers: int = 1
    database: str = ""
    """SQLAlchemy's URL of a PostgreSQL database; empty: the SQLite file below `home`."""
    redis_url: str = ""
    public_url: str = ""
    """Where people reach the server, without a slash at its end; empty in local mode."""
    secret_key: str = ""
    mail_url: str = ""
    mail_from: str = ""
    signup: Literal["open", "invited"] = "open"
    trusted_proxies: int = 0
    providers: tuple["Provider", ...] = ()
    credential_key: str = ""
    lti_key: str = ""
    log_format: Literal["", "console", "json"] = ""
    """Empty: JSON in server mode, else for people."""
    metrics_token: str = ""
    otlp_url: str = ""
    sentry_dsn: str = ""
    drain_seconds: int = 0

    @property
    def database_file(self) -> Path:
        return self.home / "backroad.db"

    @property
    def database_url(self) -> str:
        return self.database or sqlite_url(self.database_file)

    @property
    def base_url(self) -> str:
        """Where the pages are, without a slash at its end."""
        return self.public_url or f"http://127.0.0.1:{self.port}"

    @property
    def is_server(self) -> bool:
        return self.mode == "server"


class Provider(msgspec.Struct, frozen=True):
    """Somebody else who says who a person is (OpenID Connect, or GitHub's OAuth)."""

    name: Literal["github", "google", "oidc"]
    title: str
    client_id: str
    client_secret: str
    issuer: str = ""


class Setting(msgspec.Struct, frozen=True):
    """One variable: `BACKROAD_` and its name in capitals."""

    name: str
    meaning: str
    default: str
    read: Callable[[str], Any] = str
    """The value from its text; a ValueError says what it must be."""
    secret: bool = False

    @property
    def variable(self) -> str:
        return f"BACKROAD_{self.name.upper()}"


def _number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
            raise ValueError(f"a number from {least} to {most}")
        return int(text)

    return read


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(" or ".join(choices))
        return text

    return read


def _url(*schemes: str, needs_host: bool = True, bare: bool = False) -> Callable[[str], str]:
    def read(text: str) -> str:
        wanted = f"a URL of the form {schemes[0]}://{'host' if needs_host else '/folder'}"
        try:
            parts = urlsplit(text)
            parts.port  # noqa: B018 (a port that is no number raises)
        except ValueError:
            raise ValueError(wanted) from None
        if parts.scheme not in schemes or (needs_host and parts.scheme != "file" and not parts.hostname):
            raise ValueError(wanted)
        if bare and (parts.path.strip("/") or parts.query or parts.fragment or parts.username):
            raise ValueError(f"{wanted}, without a path")
        return text

    return read


def database(text: str) -> str:
    """SQLAlchemy's URL of a PostgreSQL database."""
    # libpq's way to name the folder of a Unix socket
    over_socket = parse_qs(text.partition("?")[2]).get("host", [""])[0].startswith("/")
    _url("postgresql", "postgres", "postgresql+psycopg", needs_host=not over_socket)(text)
    return "postgresql+psycopg://" + text.partition("://")[2]


def _public(text: str) -> str:
    url = _url("https", "http", bare=True)(text).rstrip("/").lower()
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError("https; plain http is for this machine alone, and passwords would travel readable")
    return url


def _issuer(text: str) -> str:
    """As it is written, since providers say it letter by letter."""
    parts = urlsplit(_url("https", "http")(text))
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError("https; plain http is for this machine alone, and anybody between could sign in as anybody")
    return text


def _secret(text: str) -> str:
    if len(text) < LEAST_SECRET:
        raise ValueError(f"at least {LEAST_SECRET} characters; make one with: openssl rand -hex 32")
    return text


def _key(text: str) -> str:
    from backroad.kit.private_key import read_key

    read_key(text)
    return text


def _lti_key(text: str) -> str:
    from backroad.kit.private_key import read_key

    if read_key(text).algorithm != "RS256":
        raise ValueError("an RSA key, which is what LTI 1.3 asks for")
    return text


def _home(text: str) -> Path:
    home = Path(text).expanduser()
    if home.exists() and not home.is_dir():
        raise ValueError("a folder, and this is a file")
    return home


SETTINGS = (
    Setting("home", "The folder of the data.", "the platform's place for user data", _home),
    Setting("port", "The port that is listened on.", str(DEFAULT_PORT), _number(1, 65535)),
    Setting("mode", "`local`: one learner without an account. `server`: people sign in.", "local",
            _one_of("local", "server")),
    Setting("host", "The address that is listened on in server mode.", "127.0.0.1"),
    Setting("workers", "How many web processes `backroad serve` starts.", "1", _number(1, 64)),
    Setting("database_url", "PostgreSQL instead of the SQLite file: `postgresql://user:password@host/name`.", "",
            database, secret=True),
    Setting("redis_url", "Redis for limits and live events that several processes share: `redis://host:6379/0`.", "",
            _url("redis", "rediss"), secret=True),
    Setting("public_url", "Where people reach the server: `https://learn.example.org`.", "", _public),
    Setting("secret_key", "Signs and encrypts what leaves the server; the same for all its processes.", "", _secret,
            secret=True),
    Setting("mail_url", "How mail is sent: `smtp://user:password@host:587`, `smtps://…`, or `file:///folder`.", "",
            _url("smtp", "smtps", "file"), secret=True),
    Setting("mail_from", "The sender of mail.", "backroad@ and the host of BACKROAD_PUBLIC_URL"),
    Setting("signup", "`open`: anyone may sign up. `invited`: only with a link of an instructor.", "open",
            _one_of("open", "invited")),
    Setting("trusted_proxies", "How many proxies stand before the server and append to X-Forwarded-For.", "0",
            _number(0, 10)),
    Setting("github_client_id", "Sign-in with GitHub: the client's id.", ""),
    Setting("github_client_secret", "Sign-in with GitHub: its secret.", "", secret=True),
    Setting("google_client_id", "Sign-in with Google: the client's id.", ""),
    Setting("google_client_secret", "Sign-in with Google: its secret.", "", secret=True),
    Setting("oidc_issuer", "Sign-in with any OpenID provider: its issuer's URL.", "", _issuer),
    Setting("oidc_client_id", "Sign-in with any OpenID provider: the client's id.", ""),
    Setting("oidc_client_secret", "Sign-in with any OpenID provider: its secret.", "", secret=True),
    Setting("oidc_title", "Sign-in with any OpenID provider: what its button says.", "your organisation"),
    Setting("credential_key", "Signs credentials: a private key, RSA or EC on P-256, as PEM or JWK.",
            "made at first use, in `keys` of the data folder", _key, secret=True),
    Setting("lti_key", "Signs what is sent to learning platforms (LTI 1.3): a private RSA key, as PEM or JWK.",
            "made at first use, in `keys` of the data folder", _lti_key, secret=True),
    Setting("log_format", "`json`: one object a line. `console`: lines for people.", "json in server mode",
            _one_of("console", "json")),
    Setting("metrics_token", "Who asks for `/metrics` must send it as a bearer token; without it, only this machine "
            "may ask.", "", _secret, secret=True),
    Setting("otlp_url", "Traces go to this OpenTelemetry collector: `http://collector:4318`.", "",
            _url("http", "https")),
    Setting("sentry_dsn", "Faults are reported to this Sentry project: `https://key@host/number`.", "",
            _url("https", "http"), secret=True),
    Setting("drain_seconds", "How long a server that was told to stop answers on, not ready any more, before it "
            "stops listening.", "0", _number(0, 300)),
)  # fmt: skip
OTHERS = ("NOW", "DEBUG", "SERVER", "TOKEN", "CHROMIUM", "RABBITMQ_URL", "POSTGRES_URL", "CHALLENGE")
"""Variables that are read elsewhere."""


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; every wrong one is named in a single Problem."""
    wrong: list[str] = []
    given: dict[str, Any] = {}
    for setting in SETTINGS:
        try:
            text = _text(setting, environ)
            if text:
                given[setting.name] = setting.read(text)
        except ValueError as error:
            shown = "wrong" if setting.secret else repr(environ.get(setting.variable, "")[:80])
            wrong.append(f"{setting.variable} is {shown}; it must be {error}.")
        except OSError as error:
            wrong.append(f"{setting.variable}_FILE cannot be read: {error.strerror}.")
    for variable in STORES:
        try:
            store_url(variable, environ)
        except Problem as problem:
            wrong.append(problem.sentence)
    if given.get("mode") == "server":
        wrong += _missing(given, wrong) + _unknown(environ)
    providers = _providers(given, wrong)
    if wrong:
        raise Problem(" ".join(wrong), "Correct the environment variables and start again.")
    if "database_url" in given:
        given["database"] = given.pop("database_url")
    known = {name: value for name, value in given.items() if name in Settings.__struct_fields__}
    known.setdefault("home", home_dir())
    if "public_url" in known:
        known.setdefault("mail_from", f"backroad@{urlsplit(known['public_url']).hostname}")
    return Settings(**known, providers=providers)


def _text(setting: Setting, environ: Mapping[str, str]) -> str:
    text, file = environ.get(setting.variable, ""), environ.get(f"{setting.variable}_FILE", "")
    if text and file:
        raise ValueError(f"given once, and {setting.variable}_FILE is set too")
    return Path(file).read_text(encoding="utf-8").strip() if file else text


def _missing(given: Mapping[str, Any], wrong: list[str]) -> list[str]:
    """What a server needs; what is there but wrong was said already."""
    said = " ".join(wrong)
    needed = {
        "public_url": "where people reach the server",
        "secret_key": "at least 32 characters from: openssl rand -hex 32",
        "mail_url": "how mail is sent, smtp://…, or file:///folder to try it out",
    }
    return [
        f"BACKROAD_{name.upper()} is missing: {what}."
        for name, what in needed.items()
        if name not in given and f"BACKROAD_{name.upper()}" not in said
    ]


def _unknown(environ: Mapping[str, str]) -> list[str]:
    """A misspelt variable would else leave its default in force, silently."""
    known = {setting.variable for setting in SETTINGS} | {f"BACKROAD_{name}" for name in OTHERS} | STORES.keys()
    strange = [
        name for name in sorted(environ) if name.startswith("BACKROAD_") and name.removesuffix("_FILE") not in known
    ]
    said = []
    for name in strange:
        near = difflib.get_close_matches(name, known, 1, 0.8)
        said.append(f"{name} is not a setting{f'; did you mean {near[0]}?' if near else '.'}")
    return said


def _providers(given: Mapping[str, Any], wrong: list[str]) -> tuple[Provider, ...]:
    found = []
    titles = {"github": "GitHub", "google": "Google", "oidc": given.get("oidc_title", "your organisation")}
    issuers = {"google": "https://accounts.google.com", "oidc": given.get("oidc_issuer", "")}
    names: tuple[Literal["github", "google", "oidc"], ...] = ("github", "google", "oidc")
    for name in names:
        identity, secret = given.get(f"{name}_client_id", ""), given.get(f"{name}_client_secret", "")
        parts = [identity, secret, *([issuers["oidc"]] if name == "oidc" else [])]
        if all(parts):
            found.append(Provider(name, titles[name], identity, secret, issuers.get(name, "")))
        elif any(parts):
            needed = "_CLIENT_ID and _CLIENT_SECRET" + (" and _ISSUER" if name == "oidc" else "")
            wrong.append(f"BACKROAD_{name.upper()}{needed} belong together, and one is missing.")
    return tuple(found)


def store_url(variable: str, environ: Mapping[str, str] = os.environ) -> str:
    """Of a server for drills; empty where none is configured."""
    url = environ.get(variable, "")
    schemes = STORES[variable]
    try:
        sound = not url or (urlsplit(url).scheme in schemes and urlsplit(url).hostname)
    except ValueError:
        sound = False
    if not sound:
        raise Problem(f"{variable} is no URL of the form {schemes[0]}://host:port.", f"Correct or unset {variable}.")
    return url

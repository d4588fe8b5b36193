"""An OpenAPI document from a file or from a server on this machine: JSON or YAML."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from backroad.verifier.config import LOOPBACK_ONLY, is_loopback
from backroad.verifier.errors import VerifierError

LARGEST = 20 << 20  # bytes
PATIENCE = 10  # seconds


class Loader(yaml.SafeLoader):
    """YAML as JSON means it: dates stay texts."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def is_url(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def load(source: str) -> Any:
    """The document as plain data; a problem is one sentence."""
    return parse(fetch(source) if is_url(source) else read(Path(source)), source)


def read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise VerifierError(f"{path} is larger than {LARGEST >> 20} MiB.")
        return path.read_bytes()
    except FileNotFoundError:
        raise VerifierError(f"{path}: there is no such file.") from None
    except OSError as error:
        raise VerifierError(f"{path}: cannot be read: {error.strerror}.") from None


def fetch(url: str) -> bytes:
    parts = urlsplit(url)
    if parts.scheme != "http" or not is_loopback(parts.hostname or ""):
        raise VerifierError(f"{url} is not on this machine.", hint=f"{LOOPBACK_ONLY} A document may be a file.")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect)
    try:
        with opener.open(url, timeout=PATIENCE) as answer:
            data: bytes = answer.read(LARGEST + 1)
    except urllib.error.HTTPError as error:
        raise VerifierError(f"{url} answers {error.code}, not the document.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise VerifierError(f"{url} cannot be read: {reason}.") from None
    if len(data) > LARGEST:
        raise VerifierError(f"{url} is larger than {LARGEST >> 20} MiB.")
    return data


def parse(data: bytes, source: str) -> Any:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise VerifierError(f"{source}: not a text in UTF-8: {error.reason} at byte {error.start}.") from None
    try:
        if text.lstrip().startswith("{"):
            try:
                return json.loads(text)
            except json.JSONDecodeError as error:
                if source.endswith(".json"):
                    where = f"line {error.lineno}, column {error.colno}"
                    raise VerifierError(f"{source}: not valid JSON: {error.msg} at {where}.") from None
        return yaml.load(text, Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        what = getattr(error, "problem", None) or "it cannot be read"
        raise VerifierError(f"{source}: not valid YAML: {what}{where}.") from None
    except RecursionError:
        raise VerifierError(f"{source}: too deep to be read.") from None

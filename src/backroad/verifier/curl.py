"""Describes a request in words and as a command that repeats it."""

import json
import re
import shlex
from collections.abc import Sequence

from backroad.verifier.exchange import Exchange
from backroad.verifier.masking import SECRET_HEADERS
from backroad.verifier.wording import excerpt

AUTOMATIC = frozenset({"host", "user-agent", "accept", "content-length", "connection"})
HANDSHAKE = frozenset({"upgrade", "sec-websocket-key", "sec-websocket-version"})  # needed, and not worth saying
PLAIN_PATH = re.compile(r"/[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*")
LONGEST_BODY = 2000


def describe(exchanges: Sequence[Exchange]) -> str:
    """`POST /links {"alias": "promo"}`, `20 × POST /links {...} released together`."""
    if not exchanges:
        return "nothing"
    texts = list(dict.fromkeys(describe_one(exchange) for exchange in exchanges))
    together = " released together" if all(one.together for one in exchanges) else ""
    if len(exchanges) == 1:
        return texts[0]
    if len(texts) == 1:
        return f"{len(exchanges)} × {texts[0]}{together}"
    lines = list(dict.fromkeys(f"{one.method} {one.path}" for one in exchanges))
    if len(lines) == 1:
        first = texts[0].removeprefix(lines[0]).strip().removeprefix("with ")
        return f"{len(exchanges)} × {lines[0]}{together}, the first with {first or 'nothing more'}"
    if len(texts) <= 3:
        return "; ".join(texts) + together
    return f"{len(exchanges)} requests{together}, the first {texts[0]}"


def describe_one(exchange: Exchange) -> str:
    """Method, path, the headers somebody chose, the body."""
    if exchange.method == "CONNECT" and not exchange.path:
        return "a connection"
    parts = [f"{exchange.method} {excerpt(exchange.path, 200)}"]
    chosen = [(name, value) for name, value in request_headers(exchange) if _worth_saying(name, value, exchange)]
    if chosen:
        shown = (name if _secret(name) else f"{name}: {excerpt(value)}" for name, value in chosen)
        parts.append("with " + ", ".join(shown))
    if exchange.request_body:
        parts.append(excerpt(exchange.request_body, 200))
    return " ".join(parts)


def request_headers(exchange: Exchange) -> list[tuple[str, str]]:
    pairs = (line.partition(":") for line in exchange.request_head.split("\n")[1:])
    return [(name.strip(), value.strip()) for name, _, value in pairs]


def curl_command(exchange: Exchange, base_url: str) -> str:
    """Repeats an exchange that is not masked yet; secrets become shell variables such as $TOKEN."""
    if not exchange.request_head or exchange.method == "CONNECT":
        return ""
    words = ["curl", "-I" if exchange.method == "HEAD" else "-i", "--path-as-is"]
    if exchange.method not in ("GET", "HEAD") and not (exchange.method == "POST" and exchange.request_body):
        words += ["-X", shlex.quote(exchange.method)]
    for name, value in request_headers(exchange):
        if name.lower() not in AUTOMATIC or _chosen(name, value) or value == "Upgrade":
            words += ["-H", _secret_header(name, value) if _secret(name) else shlex.quote(f"{name}: {value}")]
    words += _body(exchange.request_body)
    if PLAIN_PATH.fullmatch(exchange.path):
        return " ".join([*words, _url(base_url, exchange.path)])
    return " ".join([*words, "--request-target", shlex.quote(exchange.path), _url(base_url, "/")])


def _url(base_url: str, path: str) -> str:
    if base_url.startswith("$"):  # a shell variable
        return f'"{base_url}"' + shlex.quote(path)
    return shlex.quote(base_url + path)


def _body(body: str) -> list[str]:
    if not body:
        return []
    if len(body) > LONGEST_BODY or not all(char.isprintable() or char in "\n\t" for char in body):
        return ["--data-binary", "@body"]
    return ["--data-raw", shlex.quote(body)]


def _chosen(name: str, value: str) -> bool:
    return (name.lower(), value) not in (("user-agent", "backroad"), ("accept", "*/*")) and name.lower() in (
        "user-agent",
        "accept",
    )


def _worth_saying(name: str, value: str, exchange: Exchange) -> bool:
    low = name.lower()
    if low == "content-type":
        return not (value == "application/json" and _is_json(exchange.request_body))
    return low not in AUTOMATIC | HANDSHAKE or _chosen(name, value)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _secret(name: str) -> bool:
    return name.lower() in SECRET_HEADERS


def _secret_header(name: str, value: str) -> str:
    variable = SECRET_HEADERS[name.lower()]
    scheme = value.split(" ", 1)[0] if " " in value and name.lower().endswith("authorization") else ""
    safe = re.sub(r'([\\"$`])', r"\\\1", f"{name}: {scheme} ".rstrip() + " ")
    return f'"{safe}${variable}"'

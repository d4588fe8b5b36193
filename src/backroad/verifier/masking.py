"""Keeps credentials out of reports."""

import msgspec

from backroad.verifier.exchange import Exchange

MASK = "[masked]"
SECRET_HEADERS = {
    "authorization": "TOKEN",
    "proxy-authorization": "TOKEN",
    "cookie": "COOKIE",
    "set-cookie": "COOKIE",
    "x-api-key": "API_KEY",
}  # and the shell variable that stands for the secret in a command


def mask_value(name: str, value: str) -> str:
    """The value without its secret: schemes, cookie names and cookie attributes stay."""
    kind = name.lower()
    if kind in ("authorization", "proxy-authorization") and " " in value.strip():
        return f"{value.strip().split(' ', 1)[0]} {MASK}"
    if kind == "cookie":
        return "; ".join(_mask_pair(pair) for pair in value.split(";"))
    if kind == "set-cookie":
        first, *attributes = value.split(";")
        return ";".join([_mask_pair(first), *attributes])
    return MASK


def _mask_pair(pair: str) -> str:
    name, equals, _ = pair.strip().partition("=")
    return f"{name}={MASK}" if equals else MASK


def mask_head(head: str) -> str:
    first, *lines = head.split("\n")
    return "\n".join([first, *(_mask_line(line) for line in lines)])


def _mask_line(line: str) -> str:
    name, colon, value = line.partition(":")
    if colon and name.strip().lower() in SECRET_HEADERS:
        return f"{name}: {mask_value(name.strip(), value.strip())}"
    return line


def mask(exchange: Exchange) -> Exchange:
    return msgspec.structs.replace(
        exchange, request_head=mask_head(exchange.request_head), response_head=mask_head(exchange.response_head)
    )

"""Times, sizes and numbers as configuration files write them."""

import re

TIMES = {
    "us": 1e-6, "ms": 0.001, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800,
}  # fmt: skip
POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
TIME = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s?(us|ms|sec|s|min|m|h|d|w)")
SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)([kKmMgGtT]?)(i?)([bB]?)")
LONGEST = 40  # characters
NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,9})?")


def dimension(demand: str) -> str:
    """`10`, `30s` or `512MiB`: of what a demand speaks. A bare `m` says too little: write `600s` or `10MiB`."""
    if NUMBER.fullmatch(demand):
        return "number"
    if SIZE.fullmatch(demand) and demand[-1:] in "bB":
        return "size"
    if TIME.fullmatch(demand) and not demand.endswith("m"):
        return "time"
    raise ValueError(f"`{demand}` is no number, time or size; write `10`, `600s` or `512MiB`")


def amount(text: str, kind: str) -> float | None:
    """Seconds, bytes or a plain number, whatever unit the file writes it in; None where it is none."""
    if len(text) > LONGEST:
        return None
    if kind == "time":
        return _seconds(text)
    return _bytes(text) if kind == "size" else _number(text)


def _seconds(text: str) -> float | None:
    """`90`, `1m30s`, `1min 30s`."""
    if NUMBER.fullmatch(text):
        return float(text)
    rest = TIME.sub("", text).strip()
    found = TIME.findall(text)
    return None if rest or not found else sum(float(number) * TIMES[unit] for number, unit in found)


def _bytes(text: str) -> float | None:
    """`Mi` and `m` are 1,048,576, a capital `M` alone is a million, as Kubernetes has it."""
    found = SIZE.fullmatch(text)
    if found is None:
        return None
    decimal = found[2].isupper() and not found[3] and not found[4]
    return float(found[1]) * float((1000 if decimal else 1024) ** POWERS[found[2].lower()])


def _number(text: str) -> float | None:
    """`250m` is a quarter, as Kubernetes counts processors."""
    if NUMBER.fullmatch(text):
        return float(text)
    return float(text[:-1]) / 1000 if NUMBER.fullmatch(text[:-1]) and text.endswith("m") else None

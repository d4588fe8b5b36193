"""Short, exact wording: number words, tallies of statuses, excerpts."""

import json
from collections.abc import Iterable
from typing import Any

WORDS = (  # noqa: SIM905  a list of words is harder to read
    "no one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
).split()
ESCAPES = {10: "\\n", 13: "\\r", 9: "\\t"}


def count(number: int) -> str:
    """Words up to twenty, then digits."""
    return WORDS[number] if 0 <= number < len(WORDS) else str(number)


def tally(statuses: Iterable[int | None]) -> str:
    """`three 201, seventeen 409`; None counts an answer that never came."""
    counts: dict[int | None, int] = {}
    for status in statuses:
        counts[status] = counts.get(status, 0) + 1
    known = sorted(status for status in counts if status is not None)
    parts = [f"{count(counts[status])} {status}" for status in known]
    if None in counts:
        parts.append(f"{count(counts[None])} without an answer")
    return ", ".join(parts) or "nothing"


def excerpt(text: str, limit: int = 120) -> str:
    """One line, printable, at most `limit` characters."""
    flat = " ".join("".join(char if char.isprintable() or char.isspace() else "\ufffd" for char in text).split())
    return flat if len(flat) <= limit else flat[: limit - 2].rstrip() + " …"


def clean(text: str) -> str:
    """Without lone surrogates and control characters, which no report can hold; lines stay lines."""
    return "".join(
        "\ufffd" if "\ud800" <= char <= "\udfff" or (char < " " and char not in "\n\t") else char for char in text
    )


def excerpt_bytes(data: bytes, limit: int = 60) -> str:
    """Bytes quoted as ASCII, other bytes as \\x escapes."""
    shown = "".join(chr(byte) if 32 <= byte < 127 else ESCAPES.get(byte, f"\\x{byte:02x}") for byte in data[:limit])
    return f'"{shown}"' + (" …" if len(data) > limit else "")


def value(thing: Any) -> str:
    """A value as a learner would write it in JSON."""
    try:
        return excerpt(json.dumps(thing, ensure_ascii=False), 200)
    except (TypeError, ValueError):
        return excerpt(repr(thing), 200)


def seconds(number: float) -> str:
    """`5 s`, `0.3 s`, `12 ms`."""
    if number < 0.1:
        return f"{number * 1000:.0f} ms"
    return f"{number:.1f}".removesuffix(".0") + " s"


def size(number: int) -> str:
    """`8 MiB`, `70 KiB`, `12 bytes`."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if number >= unit:
            return f"{number / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{number} byte{'' if number == 1 else 's'}"


def either(choices: Iterable[object]) -> str:
    """`200`, `200 or 204`, `200, 201 or 204`."""
    words = [str(choice) for choice in choices]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"

"""A note as a Markdown file that people and other programs can read.

    ---
    id: "0192…"
    kind: "skill"
    ref: "sql.joins"
    created_at: "2027-03-03T10:00:00Z"
    changed_at: "2027-03-03T10:00:00Z"
    ---

    The text.

The values are JSON strings, which YAML reads alike, so that any id and any text survive.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

_FENCE = "---\n"


def member_name(row: Mapping[str, Any]) -> str:
    """`notes/<kind>/<ref>--<id>.md` in letters that every file system takes; nobody reads the name back."""
    ref = re.sub(r"[^A-Za-z0-9.]+", "-", row["ref"])[:80].strip(".-") or "note"
    note_id = row["id"]
    if not re.fullmatch(r"[0-9a-z]{1,40}", note_id):
        note_id = hashlib.sha256(note_id.encode()).hexdigest()[:40]
    return f"notes/{row['kind']}/{ref}--{note_id}.md"


def encode(row: Mapping[str, Any]) -> bytes:
    front = "".join(f"{name}: {json.dumps(row[name], ensure_ascii=False)}\n" for name in row if name != "text")
    return f"{_FENCE}{front}{_FENCE}\n{row['text']}\n".encode()


def decode(data: bytes) -> dict[str, Any]:
    """The row of a note's file; ValueError says what is wrong with it."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    begin, end = text.startswith(_FENCE), text.find(f"\n{_FENCE}\n")
    if not begin or end < 0 or not text.endswith("\n"):
        raise ValueError("it has no front matter between two lines of ---")
    row: dict[str, Any] = {}
    for line in text[len(_FENCE) : end].split("\n"):
        name, colon, value = line.partition(": ")
        if not colon or name in row or name == "text":
            raise ValueError(f"the front matter has a line that is not a name and a value: {line[:60]!r}")
        try:
            row[name] = json.loads(value)
        except (ValueError, RecursionError):
            raise ValueError(f"the value of {name[:40]!r} is not a JSON string") from None
    row["text"] = text[end + len(_FENCE) + 2 : -1]
    return row

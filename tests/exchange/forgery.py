"""Exports taken apart and put together again, wrongly."""

import hashlib
import io
import json
import warnings
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

Members = dict[str, bytes]


def unpacked(data: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: Mapping[str, bytes], *, twice: str = "", entries: Mapping[str, zipfile.ZipInfo] = {}) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(entries.get(name, name), content, zipfile.ZIP_DEFLATED)
        if twice:
            with warnings.catch_warnings(action="ignore"):
                archive.writestr(twice, members[twice])
    return out.getvalue()


def listed(members: Members, rows: Mapping[str, int] = {}) -> Members:
    """The members with a manifest that vouches for every one of them."""
    manifest = json.loads(members["manifest.json"])
    known = {member["name"]: member for member in manifest["members"]}
    manifest["members"] = [
        {
            "name": name,
            "part": known.get(name, {"part": name.partition("/")[0].partition(".")[0]})["part"],
            "rows": rows.get(name, known.get(name, {"rows": 1})["rows"]),
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        for name, content in members.items()
        if name != "manifest.json"
    ]
    for member in manifest["members"]:
        manifest["counts"][member["part"]] = sum(
            other["rows"] for other in manifest["members"] if other["part"] == member["part"]
        )
    return {**members, "manifest.json": json.dumps(manifest).encode()}


def with_manifest(data: bytes, **changes: Any) -> bytes:
    members = unpacked(data)
    manifest = {**json.loads(members["manifest.json"]), **changes}
    return packed({**members, "manifest.json": json.dumps(manifest).encode()})


def with_member(data: bytes, name: str, content: bytes, rows: int = 1) -> bytes:
    """One member changed or added, and vouched for by the manifest."""
    return packed(listed({**unpacked(data), name: content}, {name: rows}))


def with_rows(data: bytes, name: str, change: Callable[[list[Any]], Any]) -> bytes:
    """The rows of one member changed, and vouched for by the manifest."""
    rows = json.loads(unpacked(data)[name])
    changed = change(rows)
    rows = rows if changed is None else changed
    return with_member(data, name, json.dumps(rows).encode(), len(rows) if isinstance(rows, list) else 1)


def with_field(data: bytes, name: str, field: str, value: Any) -> bytes:
    """One field of the first row changed, or removed with `...`."""

    def change(rows: list[Any]) -> None:
        rows[0][field] = value
        if value is ...:
            del rows[0][field]

    return with_rows(data, name, change)

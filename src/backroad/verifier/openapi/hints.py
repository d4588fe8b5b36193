"""The table [openapi] of backroad.toml: what cannot be inferred from a document."""

from pathlib import Path
from typing import Any

import msgspec

from backroad.verifier.toml_table import Table


class Hints(msgspec.Struct, frozen=True, kw_only=True):
    collection: str = ""  # path of the one that the checks work on
    text: str = ""  # fields of it
    unique: str = ""
    web: str = ""
    draft: dict[str, Any] = {}  # values that a body must have to be accepted
    signup: str = ""  # path that makes somebody new
    login: str = ""  # path that hands out credentials
    signup_body: dict[str, Any] = {}
    token: str = ""  # field of its answer that holds them; dots lead inwards
    headers: dict[str, str] = {}  # sent with every request
    people: tuple[dict[str, str], ...] = ()  # headers of people that are there already
    owner: str = ""  # "yes" or "no": things belong to whoever made them, and nobody else sees them
    body_limit: int = 0  # bytes
    fill: bool = False  # the target may be filled with 10,000 things
    skip: tuple[str, ...] = ()  # ids of checks, or their beginnings


def read_hints(table: Table) -> Hints:
    hints = Hints(
        collection=path_of(table, "collection"),
        text=table.text("text", ""),
        unique=table.text("unique", ""),
        web=table.text("web", ""),
        draft=table.values("draft"),
        signup=path_of(table, "signup"),
        login=path_of(table, "login"),
        signup_body=table.values("signup_body"),
        token=table.text("token", ""),
        headers=texts(table.table("headers", optional=True)),
        people=tuple(texts(one) for one in table.tables("people")),
        owner=yes_or_no(table),
        body_limit=int(table.number("body_limit", 0)),
        fill=table.flag("fill"),
        skip=table.texts("skip", ()),
    )
    table.finish()
    return hints


def hints_of(folder: Path) -> Hints:
    """From the backroad.toml of a folder, if it has one; nothing else of it is looked at."""
    file = folder / "backroad.toml" if folder.is_dir() else folder
    return read_hints(Table.read(file).table("openapi", optional=True)) if file.is_file() else Hints()


def path_of(table: Table, key: str) -> str:
    """A path; a method before it is allowed: POST /users."""
    path = table.text(key, "").rpartition(" ")[2]
    if path and not path.startswith("/"):
        raise table.error(key, 'must be a path such as "/notes"')
    return path


def yes_or_no(table: Table) -> str:
    if not table.has("owner"):
        return ""
    return "yes" if table.flag("owner") else "no"


def texts(table: Table) -> dict[str, str]:
    return {key: table.text(key, "") for key in table.keys()}  # noqa: SIM118  Table is no dict

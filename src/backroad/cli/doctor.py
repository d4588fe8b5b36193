"""`backroad doctor`: what is there on this machine, and what each missing part would unlock."""

import shutil
import sqlite3
import sys
from pathlib import Path

import msgspec

from backroad import settings
from backroad.cli.learn import AsJson
from backroad.cli.output import columns, print_json
from backroad.kit.errors import Problem
from backroad.kit.paths import content_dir, labs_dir, static_dir
from backroad.product import Product
from backroad.verifier.dependencies.describe import describe


class Finding(msgspec.Struct, frozen=True):
    what: str
    good: bool
    found: str
    """What is there, or what its absence costs."""
    needed: bool = True
    """False for what only unlocks more."""


def doctor(*, as_json: AsJson = False) -> int:
    """Say what is there and what each missing part would unlock. Exit code 1 if something needed is missing."""
    found = [_python(), _full_text(), _shipped(), _pages(), _database(), *_tools(), *_around()]
    if as_json:
        print_json(found)
    else:
        rows = [("✓" if item.good else "✗" if item.needed else "–", item.what, item.found) for item in found]
        print(columns(rows))
    return 0 if all(item.good or not item.needed for item in found) else 1


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= (3, 11), version)


def _full_text() -> Finding:
    with sqlite3.connect(":memory:") as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE probe USING fts5(text)")
        except sqlite3.OperationalError:
            return Finding("SQLite", False, f"{sqlite3.sqlite_version} without FTS5: notes cannot be searched")
    return Finding("SQLite", True, f"{sqlite3.sqlite_version} with full-text search")


def _shipped() -> Finding:
    there = content_dir().is_dir() and labs_dir().is_dir()
    return Finding(
        "Curriculum and labs", there, str(content_dir().parent) if there else "missing: install Backroad again"
    )


def _pages() -> Finding:
    there = (static_dir() / "app.js").is_file()
    return Finding("Pages' scripts and styles", there, "built" if there else "not built: install Backroad again")


def _database() -> Finding:
    try:
        chosen = settings.load()
        Product.open(chosen).close()
    except Problem as problem:
        return Finding("Your data", False, str(problem))
    return Finding("Your data", True, str(chosen.database_file))


def _around() -> list[Finding]:
    return [Finding(row.what, row.there, row.found, needed=False) for row in describe()]


def _tools() -> list[Finding]:
    unlocks = {
        "git": "the Git examples of the lessons",
        "node": "building labs in Node.js",
        "chromium": "the browser tests, for those who develop Backroad",
    }
    return [
        Finding(
            name, bool(path := shutil.which(name)), str(Path(path)) if path else f"missing; it unlocks {use}", False
        )
        for name, use in unlocks.items()
    ]
